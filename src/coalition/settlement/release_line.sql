-- Put back what was left out of what is paid, from one source: it counts in the next netting.
CREATE FUNCTION books.release_line(p_source_kind text, p_source_id text) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO held_line (period_id, partner_id, statement_id, line, currency, amount, releases,
                         source_kind, source_id)
  SELECT h.period_id, h.partner_id, h.statement_id, h.line, h.currency, -h.amount, h.id,
         h.source_kind, h.source_id
    FROM held_line h
   WHERE h.source_kind = p_source_kind AND h.source_id = p_source_id AND h.releases IS NULL
     AND NOT EXISTS (SELECT 1 FROM held_line r WHERE r.releases = h.id)
$$
