-- Say, per partner, how many payments of a period are not paid, how many sums came that nobody owes,
-- and of how many entries nobody has said whether they were told before: they keep it from being
-- settled.
CREATE FUNCTION books.gate_payments(p_period int) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_partner record;
BEGIN
  FOR v_partner IN
    SELECT p.partner_id,
           (count(*) FILTER (WHERE p.is_open) + sum(p.surpluses) + sum(p.questions))::int AS open_items
      FROM books.paid_of(p_period, NULL) p GROUP BY p.partner_id ORDER BY p.partner_id
  LOOP
    PERFORM books.set_gate(p_period, 'settled', v_partner.partner_id, 'PAYMENTS',
      v_partner.open_items);
  END LOOP;
END $$
