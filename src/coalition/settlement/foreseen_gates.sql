-- What would stand in the way of a period's statements if it were closed now: what stands, with
-- what reconciliation leaves open of these partners in place of what it left the last time
-- (verbs.gate_reconciliation).
CREATE FUNCTION verbs.foreseen_gates(p_period int, p_partners int[], p_items int[])
RETURNS TABLE (partner_id int, subject text, open_items int, waivers int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT g.partner_id, g.subject, g.open_items, g.waivers
    FROM books.open_gates(p_period, 'calculated') g
   WHERE g.subject <> 'RECONCILIATION' OR NOT EXISTS (
           SELECT 1 FROM reconciliation_file f
            WHERE f.partner_id = g.partner_id AND f.period_id = p_period)
  UNION ALL
  SELECT o.partner_id, 'RECONCILIATION', o.items, w.waivers
    FROM unnest(p_partners, p_items) AS o (partner_id, items),
         LATERAL (
           SELECT count(*)::int AS waivers
             FROM (SELECT * FROM period_gate
                    WHERE period_id = p_period AND state = 'calculated'
                      AND partner_id = o.partner_id AND subject = 'RECONCILIATION'
                    ORDER BY id DESC LIMIT 1) g
             JOIN gate_waiver x ON x.gate_id = g.id
            WHERE g.open_items = o.items) w
   WHERE w.waivers < 2
   ORDER BY 1, 2
$$
