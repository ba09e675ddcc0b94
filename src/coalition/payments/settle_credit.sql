-- With the whole of what it owes a partner has paid for the points of the period, so its credit
-- comes back; with a return or a rejection it goes again. p_was_paid: how it was before.
CREATE FUNCTION books.settle_credit(p_payment bigint, p_was_paid boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_payment payment;
  v_is_paid boolean := books.is_paid(p_payment);
BEGIN
  SELECT * INTO v_payment FROM payment p WHERE p.id = p_payment;
  IF v_is_paid <> p_was_paid AND v_payment.direction = 'IN'
     AND p_payment = books.payment_of_credit(p_payment) THEN
    PERFORM books.restore_credit(v_payment.partner_id, CASE WHEN v_is_paid THEN 1 ELSE -1 END
      * books.credit_used(v_payment.period_id, v_payment.partner_id));
  END IF;
END $$
