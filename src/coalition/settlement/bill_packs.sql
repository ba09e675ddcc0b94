-- The packs that a period bills are fixed with its cut-off: those bought in it, and those bought
-- before it that no earlier period took. Each goes by the agreement in force when it was bought.
-- Ask while the period is open, and nobody can post.
CREATE FUNCTION books.bill_packs(p_period int) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO pack_billed (pack_id, partner_id, period_id, agreement_id)
  SELECT k.pack_id, k.partner_id, p_period, k.agreement_id FROM coalition.packs_due(p_period) k
   ORDER BY k.pack_id
$$
