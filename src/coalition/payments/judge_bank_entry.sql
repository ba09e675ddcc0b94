-- Judge one entry of a bank's file, write it down and post what it pays or takes back. Only what
-- fits is posted: a payment's own currency and direction, at most what is open of its sum in all
-- attempts together, and back at most what was paid. All else is named and stays open.
CREATE FUNCTION books.judge_bank_entry(
  p_file bigint, p_place int, p_entry jsonb, p_client text, p_grant uuid, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_entry record;
  v_ids bigint[] := ARRAY(SELECT q.id FROM books.payments_quoted(p_entry) q);
  v_payment payment;
  v_own bigint;
  v_open bigint;
  v_last_word text;
  v_was_paid boolean;
  v_state text;
  v_outcome text;
  v_booked bigint := 0;
  v_surplus bigint := 0;
BEGIN
  SELECT * INTO v_entry FROM jsonb_to_record(p_entry) AS e (kind text, end_to_end_id text,
    bank_reference text, is_credit boolean, amount bigint, currency text, reason text,
    booked_on date, account_of int[]);
  IF cardinality(v_ids) = 1 THEN
    SELECT * INTO v_payment FROM payment p WHERE p.id = v_ids[1];
    SELECT o.paid, v_payment.amount - o.position_paid, o.last_word INTO v_own, v_open, v_last_word
      FROM books.paid_of(v_payment.period_id, v_payment.partner_id) o
     WHERE o.payment_id = v_payment.id;
    v_was_paid := books.is_paid(v_payment.id);
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
    WHEN v_entry.kind = 'REJECTED' THEN CASE
      WHEN v_last_word = 'REJECTED' THEN 'KNOWN'
      WHEN v_entry.amount <> v_payment.amount THEN 'AMOUNT_DIFFERS'
      ELSE 'REJECTED' END
    WHEN v_entry.kind = 'RETURNED' THEN CASE
      WHEN v_entry.is_credit = (v_payment.direction = 'IN') THEN 'DIRECTION_DIFFERS'
      WHEN v_own = 0 THEN 'AMOUNT_DIFFERS'
      ELSE 'RETURNED' END
    WHEN v_entry.is_credit <> (v_payment.direction = 'IN') THEN 'DIRECTION_DIFFERS'
    WHEN NOT v_payment.partner_id = ANY (v_entry.account_of) THEN 'ACCOUNT_DIFFERS'
    WHEN v_open <= 0 THEN 'DOUBLE'
    WHEN v_entry.amount > v_open THEN 'OVERPAID'
    WHEN v_entry.amount < v_open THEN 'PARTIAL'
    ELSE 'MATCHED' END;
  CASE v_outcome
    WHEN 'MATCHED', 'PARTIAL' THEN v_booked := v_entry.amount;
    WHEN 'OVERPAID' THEN v_booked := v_open;
    -- What a bank takes besides, for its trouble, is not the partner's payment.
    WHEN 'RETURNED' THEN v_booked := -least(v_entry.amount, v_own);
    ELSE NULL;
  END CASE;
  IF v_outcome IN ('OVERPAID', 'DOUBLE', 'RETURNED', 'CURRENCY_DIFFERS', 'DIRECTION_DIFFERS',
                   'ACCOUNT_DIFFERS') THEN
    v_surplus := coalesce(v_entry.amount, 0) - abs(v_booked);
  END IF;
  INSERT INTO bank_entry (bank_file_id, place, payment_id, partner_id, outcome, end_to_end_id,
                          bank_reference, is_credit, amount, currency, booked, surplus, reason,
                          booked_on)
  VALUES (p_file, p_place, v_payment.id, v_payment.partner_id, v_outcome, v_entry.end_to_end_id,
          v_entry.bank_reference, v_entry.is_credit, v_entry.amount, v_entry.currency, v_booked,
          v_surplus, v_entry.reason, v_entry.booked_on);
  IF v_booked <> 0 THEN
    PERFORM books.post_payment(v_payment.id, v_booked);
  END IF;
  IF v_booked <> 0 OR v_outcome = 'REJECTED' THEN
    PERFORM books.settle_credit(v_payment.id, v_was_paid);
  END IF;
  IF v_outcome IN ('RETURNED', 'REJECTED') OR v_surplus > 0 THEN
    PERFORM books.step_period(v_payment.period_id, '{settled}', 'instructed', p_client, p_grant,
      p_request, format('%s: %s', v_outcome, v_payment.end_to_end_id));
  END IF;
END $$
