-- What an entry of the bank comes to that names one payment and is a booking of its own: it pays a
-- payment in the payment's own currency and direction, at most what is open of its sum in all
-- attempts together, and takes back at most what was paid.
CREATE FUNCTION books.weigh_bank_entry(p_entry bank_entry)
RETURNS TABLE (outcome text, booked bigint, surplus bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_payment payment;
  v_own bigint;
  v_open bigint;
  v_last_word text;
BEGIN
  SELECT * INTO v_payment FROM payment p WHERE p.id = p_entry.payment_id;
  SELECT o.paid, v_payment.amount - o.position_paid, o.last_word INTO v_own, v_open, v_last_word
    FROM books.paid_of(v_payment.period_id, v_payment.partner_id) o
   WHERE o.payment_id = v_payment.id;
  outcome := CASE
    WHEN EXISTS (SELECT 1 FROM period p
                  WHERE p.id = v_payment.period_id AND p.state = 'locked') THEN 'PERIOD_LOCKED'
    WHEN p_entry.currency IS DISTINCT FROM v_payment.currency
         AND (p_entry.kind <> 'REJECTED' OR p_entry.currency IS NOT NULL) THEN 'CURRENCY_DIFFERS'
    WHEN p_entry.kind = 'REJECTED' THEN CASE
      WHEN v_last_word = 'REJECTED' THEN 'KNOWN'
      WHEN p_entry.amount <> v_payment.amount THEN 'AMOUNT_DIFFERS'
      ELSE 'REJECTED' END
    WHEN p_entry.amount = 0 THEN 'AMOUNT_DIFFERS'
    WHEN p_entry.kind = 'RETURNED' THEN CASE
      WHEN p_entry.is_credit = (v_payment.direction = 'IN') THEN 'DIRECTION_DIFFERS'
      WHEN v_own = 0 THEN 'AMOUNT_DIFFERS'
      ELSE 'RETURNED' END
    WHEN p_entry.is_credit <> (v_payment.direction = 'IN') THEN 'DIRECTION_DIFFERS'
    WHEN p_entry.from_another THEN 'ACCOUNT_DIFFERS'
    WHEN v_open <= 0 THEN 'DOUBLE'
    WHEN p_entry.amount > v_open THEN 'OVERPAID'
    WHEN p_entry.amount < v_open THEN 'PARTIAL'
    ELSE 'MATCHED' END;
  booked := CASE outcome
    WHEN 'MATCHED' THEN p_entry.amount
    WHEN 'PARTIAL' THEN p_entry.amount
    WHEN 'OVERPAID' THEN v_open
    -- What a bank takes besides, for its trouble, is not the partner's payment.
    WHEN 'RETURNED' THEN -least(p_entry.amount, v_own)
    ELSE 0 END;
  surplus := CASE WHEN outcome IN ('OVERPAID', 'DOUBLE', 'RETURNED', 'CURRENCY_DIFFERS',
                                   'DIRECTION_DIFFERS', 'ACCOUNT_DIFFERS')
                  THEN coalesce(p_entry.amount, 0) - abs(booked) ELSE 0 END;
  RETURN NEXT;
END $$
