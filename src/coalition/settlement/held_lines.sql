-- What of disputed lines a period's netting leaves out, and what it puts back, for partners that have
-- a statement in that currency. Each row counts once: in the netting of its period or, where that
-- has been made, in the next one. What was put back before any netting is left out of none.
CREATE FUNCTION verbs.held_lines(p_period int)
RETURNS TABLE (id bigint, partner_id int, currency text, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT h.id, h.partner_id, h.currency, h.amount
    FROM held_line h
   WHERE NOT EXISTS (SELECT 1 FROM held_line_netted n WHERE n.held_line_id = h.id)
     AND (h.period_id = p_period
          OR EXISTS (SELECT 1 FROM settlement_run r
                      WHERE r.period_id = h.period_id AND r.kind = 'NETTING'))
     AND EXISTS (SELECT 1 FROM statement s
                  WHERE s.period_id = p_period AND s.partner_id = h.partner_id
                    AND s.currency = h.currency)
   ORDER BY h.id
$$
