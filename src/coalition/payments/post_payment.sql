-- Money that has moved at the bank: cash against what the partner owed, or was owed; the other way
-- round (p_booked below zero) when it was taken back. With the whole payment the partner has paid
-- for the points of the period, so its credit comes back; with its return it goes again.
CREATE FUNCTION books.post_payment(p_payment bigint, p_booked bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_payment payment;
  v_paid bigint;
BEGIN
  SELECT * INTO v_payment FROM payment p WHERE p.id = p_payment;
  INSERT INTO money_entry (period_id, partner_id, debit, credit, amount, currency, source_kind,
                           source_id)
  SELECT v_payment.period_id, v_payment.partner_id,
         CASE WHEN p_booked > 0 THEN a.debit ELSE a.credit END,
         CASE WHEN p_booked > 0 THEN a.credit ELSE a.debit END,
         abs(p_booked), v_payment.currency, 'PAYMENT', p_payment
    FROM (VALUES ('IN', 660, 600), ('OUT', 610, 660)) a (direction, debit, credit)
   WHERE a.direction = v_payment.direction;
  SELECT sum(b.booked) INTO v_paid FROM bank_entry b WHERE b.payment_id = p_payment;
  IF v_payment.direction = 'IN' AND p_payment = books.payment_of_credit(p_payment) AND (p_booked > 0 AND v_paid >= v_payment.amount
      OR p_booked < 0 AND v_paid - p_booked >= v_payment.amount) THEN
    PERFORM books.restore_credit(v_payment.partner_id, sign(p_booked)::bigint
      * books.credit_used(v_payment.period_id, v_payment.partner_id));
  END IF;
END $$
