-- Write the payments of a final period with their files, once, and lead it to `instructed`; or
-- (p_again) another attempt of those that have failed. What each partner owes and is owed is set
-- off first. KNOWN: they are written already; CHANGED: one of them has been paid meanwhile; DEBITED:
-- other debits than the p_debits that were seen have been ordered, so a mandate may be used up.
CREATE FUNCTION verbs.instruct_payments(
  p_period int, p_again boolean, p_debits bigint, p_files jsonb, p_payments jsonb,
  p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_person text := books.person(p_client, p_grant);
BEGIN
  -- Takes turns with the files of the bank, and with the other periods: a mandate is all periods'.
  PERFORM pg_advisory_xact_lock(4, 1);
  SELECT p.state INTO outcome FROM period p WHERE p.id = p_period FOR UPDATE;
  IF outcome NOT IN ('final', 'instructed') THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF NOT p_again AND (
      EXISTS (SELECT 1 FROM payment p WHERE p.period_id = p_period)
      OR EXISTS (SELECT 1 FROM money_entry m WHERE m.period_id = p_period
                    AND m.source_kind = 'SET_OFF')) THEN
    outcome := 'KNOWN';
    RETURN NEXT;
    RETURN;
  END IF;
  IF outcome = 'final' AND EXISTS (SELECT 1 FROM books.open_gates(p_period, 'instructed')) THEN
    outcome := 'GATED';
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_again AND EXISTS (
      SELECT 1 FROM jsonb_to_recordset(p_payments) AS n (partner_id int, currency text, attempt int)
       WHERE NOT EXISTS (
         SELECT 1 FROM payment p JOIN books.paid_of(p_period, NULL) o ON o.payment_id = p.id
          WHERE p.period_id = p_period AND p.partner_id = n.partner_id
            AND p.currency = n.currency AND p.attempt = n.attempt - 1 AND NOT o.is_replaced
            AND o.position_paid = 0 AND o.last_word IN ('RETURNED', 'REJECTED'))) THEN
    outcome := 'CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_debits <> (SELECT count(*) FROM payment p WHERE p.mandate_id IS NOT NULL) THEN
    outcome := 'DEBITED';
    RETURN NEXT;
    RETURN;
  END IF;
  IF NOT p_again THEN
    PERFORM books.set_off_net(p_period);
  END IF;
  INSERT INTO payment_file (period_id, scheme, is_sepa, currency, attempt, message_id, schema_name,
                            payments, control_sum, hash, content, person, client_id, request_id)
  SELECT p_period, f.scheme, f.is_sepa, f.currency, f.attempt, f.message_id, f.schema_name,
         f.payments, f.control_sum, sha256(decode(f.content, 'base64')),
         decode(f.content, 'base64'), v_person, p_client, p_request
    FROM jsonb_to_recordset(p_files) AS f (scheme text, is_sepa boolean, currency text,
           attempt int, message_id text, schema_name text, payments int, control_sum bigint,
           content text);
  INSERT INTO payment (period_id, partner_id, statement_number, end_to_end_id, attempt, direction,
                       method, amount, currency, account, due_on, file_id, reason, mandate_id,
                       mandate_sequence, person, client_id, request_id)
  SELECT p_period, n.partner_id, n.statement_number, n.end_to_end_id, n.attempt, n.direction,
         n.method, n.amount, n.currency, n.account, n.due_on,
         (SELECT f.id FROM payment_file f WHERE f.message_id = n.message_id), n.reason,
         n.mandate_id, n.mandate_sequence, v_person, p_client, p_request
    FROM jsonb_to_recordset(p_payments) AS n (partner_id int, statement_number text,
           end_to_end_id text, attempt int, direction text, method text, amount bigint,
           currency text, account text, due_on date, message_id text, reason text, mandate_id text,
           mandate_sequence text);
  -- Who is paid has paid for its own points already: by what it is owed.
  IF NOT p_again THEN
    PERFORM books.restore_credit(u.partner_id, books.credit_used(p_period, u.partner_id))
       FROM (SELECT DISTINCT partner_id FROM allowance_use
              WHERE period_id = p_period AND kind = 2 ORDER BY 1) u
      WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.period_id = p_period
                           AND p.partner_id = u.partner_id AND p.direction = 'IN');
  END IF;
  PERFORM books.step_period(p_period, '{final}', 'instructed', p_client, p_grant, p_request, NULL);
  PERFORM books.gate_payments(p_period);
  outcome := 'INSTRUCTED';
  RETURN NEXT;
END $$
