-- What of disputed lines a period's netting leaves out, and what it puts back of those that an
-- earlier netting left out, for partners that have a statement in that currency. A line that was
-- held and released before any netting counts in none.
CREATE FUNCTION verbs.held_lines(p_period int)
RETURNS TABLE (id bigint, partner_id int, currency text, amount bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT h.id, h.partner_id, h.currency, h.amount
    FROM held_line h
   WHERE NOT EXISTS (SELECT 1 FROM held_line_netted n WHERE n.held_line_id = h.id)
     AND CASE WHEN h.releases IS NULL
              THEN h.period_id = p_period
                   AND NOT EXISTS (SELECT 1 FROM held_line r WHERE r.releases = h.id)
              ELSE EXISTS (SELECT 1 FROM held_line_netted n WHERE n.held_line_id = h.releases)
         END
     AND EXISTS (SELECT 1 FROM statement s
                  WHERE s.period_id = p_period AND s.partner_id = h.partner_id
                    AND s.currency = h.currency)
   ORDER BY h.id
$$
