-- Put back what was left out of what is paid, from one source: at once what the partner owes after
-- all, and what it was authorised in the netting of its adjustment's period, where the two meet. It
-- is never asked to pay what it was right about.
CREATE FUNCTION books.release_line(
  p_source_kind text, p_source_id text, p_authorised bigint, p_adjusted_in int
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO held_line (period_id, partner_id, statement_id, line, currency, amount, releases,
                         source_kind, source_id)
  SELECT part.period_id, h.partner_id, h.statement_id, h.line, h.currency, -part.amount, h.id,
         h.source_kind, h.source_id
    FROM held_line h
   CROSS JOIN LATERAL (VALUES (h.period_id, h.amount - p_authorised),
                              (p_adjusted_in, p_authorised)) AS part (period_id, amount)
   WHERE h.source_kind = p_source_kind AND h.source_id = p_source_id AND h.releases IS NULL
     AND NOT EXISTS (SELECT 1 FROM held_line r WHERE r.releases = h.id)
     AND part.amount > 0
$$
