-- Say what reconciliation leaves open, above what was agreed, in the way of a period's statements:
-- so many items of these partners, and nothing of the others that have sent files of the period.
CREATE FUNCTION verbs.gate_reconciliation(p_period int, p_partners int[], p_items int[])
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  PERFORM books.set_gate(p_period, 'calculated', t.partner_id, 'RECONCILIATION', t.items)
     FROM (SELECT f.partner_id, coalesce(max(o.items), 0) AS items
             FROM reconciliation_file f
             LEFT JOIN unnest(p_partners, p_items) AS o (partner_id, items)
               ON o.partner_id = f.partner_id
            WHERE f.period_id = p_period GROUP BY f.partner_id ORDER BY f.partner_id) t;
  outcome := 'SAID';
  RETURN NEXT;
END $$
