-- Write down an entry of the bank, judged, and post what it has booked. A payment that it gives
-- back or refuses, a surplus and a question open the period again, and are told of.
CREATE FUNCTION books.write_bank_entry(
  p_entry bank_entry, p_client text, p_grant uuid, p_request uuid
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_id bigint;
  v_was_paid boolean := books.is_paid(p_entry.payment_id);
  v_failed boolean := p_entry.outcome IN ('RETURNED', 'REJECTED');
  v_in_question boolean := p_entry.surplus > 0 OR p_entry.outcome = 'PERHAPS_KNOWN';
  v_payment payment;
BEGIN
  INSERT INTO bank_entry (bank_file_id, place, kind, payment_id, partner_id, outcome, end_to_end_id,
                          bank_reference, is_credit, amount, currency, booked, surplus, reason,
                          booked_on, from_another, answers, person, client_id, request_id)
  VALUES (p_entry.bank_file_id, p_entry.place, p_entry.kind, p_entry.payment_id,
          p_entry.partner_id, p_entry.outcome, p_entry.end_to_end_id, p_entry.bank_reference,
          p_entry.is_credit, p_entry.amount, p_entry.currency, p_entry.booked, p_entry.surplus,
          p_entry.reason, p_entry.booked_on, p_entry.from_another, p_entry.answers, p_entry.person,
          p_entry.client_id, p_entry.request_id)
  RETURNING id INTO v_id;
  IF p_entry.booked <> 0 THEN
    PERFORM books.post_payment(p_entry.payment_id, p_entry.booked);
  END IF;
  IF p_entry.booked <> 0 OR p_entry.outcome = 'REJECTED' THEN
    PERFORM books.settle_credit(p_entry.payment_id, v_was_paid);
  END IF;
  IF v_failed OR v_in_question THEN
    SELECT * INTO v_payment FROM payment p WHERE p.id = p_entry.payment_id;
    PERFORM books.step_period(v_payment.period_id, '{settled}', 'instructed', p_client, p_grant,
      p_request, format('%s: %s', p_entry.outcome, v_payment.end_to_end_id));
  END IF;
  IF v_failed THEN
    PERFORM books.tell_of(50, p_entry.partner_id, p_entry.payment_id, p_client, p_request);
  END IF;
  IF v_in_question THEN
    PERFORM books.tell_of(51, p_entry.partner_id, p_entry.payment_id, p_client, p_request);
  END IF;
  RETURN v_id;
END $$
