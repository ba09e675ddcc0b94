-- Judge one entry of a bank's file, write it down and post what it pays or takes back. Only what
-- fits is posted: a payment's own currency and direction, at most what is open of it, and back at
-- most what was paid. All else is named and stays open.
CREATE FUNCTION books.judge_bank_entry(
  p_file bigint, p_place int, p_entry jsonb, p_client text, p_grant uuid, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_entry record;
  v_ids bigint[] := ARRAY(SELECT q.id FROM books.payments_quoted(p_entry) q);
  v_payment payment;
  v_paid bigint;
  v_state text;
  v_outcome text;
  v_booked bigint := 0;
  v_surplus bigint := 0;
BEGIN
  SELECT * INTO v_entry FROM jsonb_to_record(p_entry) AS e (kind text, end_to_end_id text,
    bank_reference text, is_credit boolean, amount bigint, currency text, reason text,
    booked_on date);
  IF cardinality(v_ids) = 1 THEN
    SELECT * INTO v_payment FROM payment p WHERE p.id = v_ids[1];
    SELECT coalesce(sum(b.booked), 0) INTO v_paid FROM bank_entry b
     WHERE b.payment_id = v_payment.id;
    SELECT p.state INTO v_state FROM period p WHERE p.id = v_payment.period_id;
  END IF;
  v_outcome := CASE
    WHEN v_entry.bank_reference IS NOT NULL AND EXISTS (
      SELECT 1 FROM bank_entry b WHERE b.bank_reference = v_entry.bank_reference
         AND b.amount = v_entry.amount AND b.is_credit = v_entry.is_credit
         AND b.currency = v_entry.currency
         AND b.end_to_end_id IS NOT DISTINCT FROM v_entry.end_to_end_id
         AND b.bank_file_id <> p_file) THEN 'KNOWN'
    WHEN cardinality(v_ids) = 0 THEN 'UNKNOWN'
    WHEN cardinality(v_ids) > 1 THEN 'AMBIGUOUS'
    WHEN v_entry.kind = 'ACCEPTED' THEN 'ACCEPTED'
    WHEN v_state = 'locked' THEN 'PERIOD_LOCKED'
    WHEN v_entry.currency IS DISTINCT FROM v_payment.currency
         AND (v_entry.kind <> 'REJECTED' OR v_entry.currency IS NOT NULL) THEN 'CURRENCY_DIFFERS'
    WHEN v_entry.kind = 'REJECTED' AND EXISTS (
      SELECT 1 FROM bank_entry b WHERE b.payment_id = v_payment.id AND b.outcome = 'REJECTED')
      THEN 'KNOWN'
    WHEN v_entry.kind = 'REJECTED' AND (v_paid <> 0 OR v_entry.amount <> v_payment.amount)
      THEN 'AMOUNT_DIFFERS'
    WHEN v_entry.kind = 'REJECTED' THEN 'REJECTED'
    WHEN v_entry.kind = 'RETURNED' AND v_entry.is_credit = (v_payment.direction = 'IN')
      THEN 'DIRECTION_DIFFERS'
    WHEN v_entry.kind = 'RETURNED' AND (v_entry.amount > v_paid OR v_paid = 0)
      THEN 'AMOUNT_DIFFERS'
    WHEN v_entry.kind = 'RETURNED' THEN 'RETURNED'
    WHEN v_entry.is_credit <> (v_payment.direction = 'IN') THEN 'DIRECTION_DIFFERS'
    WHEN v_paid >= v_payment.amount THEN 'DOUBLE'
    WHEN v_entry.amount > v_payment.amount - v_paid THEN 'OVERPAID'
    WHEN v_entry.amount < v_payment.amount - v_paid THEN 'PARTIAL'
    ELSE 'MATCHED' END;
  CASE v_outcome
    WHEN 'MATCHED', 'PARTIAL' THEN v_booked := v_entry.amount;
    WHEN 'OVERPAID' THEN
      v_booked := v_payment.amount - v_paid;
      v_surplus := v_entry.amount - v_booked;
    WHEN 'DOUBLE', 'CURRENCY_DIFFERS', 'DIRECTION_DIFFERS' THEN
      v_surplus := coalesce(v_entry.amount, 0);
    WHEN 'RETURNED' THEN v_booked := -v_entry.amount;
    ELSE NULL;
  END CASE;
  INSERT INTO bank_entry (bank_file_id, place, payment_id, partner_id, outcome, end_to_end_id,
                          bank_reference, is_credit, amount, currency, booked, surplus, reason,
                          booked_on)
  VALUES (p_file, p_place, v_payment.id, v_payment.partner_id, v_outcome, v_entry.end_to_end_id,
          v_entry.bank_reference, v_entry.is_credit, v_entry.amount, v_entry.currency, v_booked,
          v_surplus, v_entry.reason, v_entry.booked_on);
  IF v_booked <> 0 THEN
    PERFORM books.post_payment(v_payment.id, v_booked);
  END IF;
  IF v_outcome IN ('RETURNED', 'REJECTED') THEN
    PERFORM books.step_period(v_payment.period_id, '{settled}', 'instructed', p_client, p_grant,
      p_request, format('%s: %s', v_outcome, v_payment.end_to_end_id));
  END IF;
END $$
