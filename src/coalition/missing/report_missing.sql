-- A member says that a purchase brought it no points. Judged in this order: replayed, key reused,
-- what the rules refused (p_refusal), the brand suspended, the member closed or suspended, awarded
-- already, reported already, too many in a day.
-- What another member was awarded for the same receipt is not told here: the brand finds it.
CREATE FUNCTION verbs.report_missing(
  p_terms int, p_claim uuid, p_hash uuid, p_member bigint, p_partner int, p_refusal text,
  p_reference text, p_purchased_on date, p_amount bigint, p_currency text, p_message text,
  p_due_at timestamptz, p_most int, p_now timestamptz, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, missing_id bigint, award_seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier missing_purchase;
  v_status text;
BEGIN
  -- One report of a member at a time: what is counted and looked for below stays so.
  PERFORM 1 FROM balance b WHERE b.member_id = p_member FOR NO KEY UPDATE;
  SELECT * INTO v_earlier FROM missing_purchase m WHERE m.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    missing_id := v_earlier.id;
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT m.status INTO v_status FROM member m WHERE m.member_id = p_member;
  SELECT a.seq INTO award_seq FROM award a
   WHERE a.partner_id = p_partner AND a.reference = p_reference AND a.member_id = p_member;
  SELECT m.id INTO missing_id FROM missing_purchase m
   WHERE m.member_id = p_member AND m.partner_id = p_partner AND m.reference = p_reference
     AND m.purchased_on = p_purchased_on AND m.state IN ('OPEN', 'ASKED');
  outcome := CASE
    WHEN NOT EXISTS (SELECT 1 FROM programme p WHERE p.version = p_terms) THEN 'TERMS_CHANGED'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_status = 'closed' THEN 'MEMBER_CLOSED'
    WHEN v_status = 'suspended' THEN 'MEMBER_SUSPENDED'
    WHEN award_seq IS NOT NULL THEN 'PURCHASE_ALREADY_AWARDED'
    WHEN missing_id IS NOT NULL THEN 'PURCHASE_ALREADY_REPORTED'
    WHEN (SELECT count(*) FROM missing_purchase m
           WHERE m.member_id = p_member AND m.reported_at > p_now - interval '1 day') >= p_most
      THEN 'TOO_MANY_REPORTS' END;
  IF outcome IS NULL THEN
    INSERT INTO missing_purchase (member_id, partner_id, claim, request_hash, reference,
                                  purchased_on, amount, currency, reported_at, state, due_at,
                                  changed_at, client_id, request_id)
    VALUES (p_member, p_partner, p_claim, p_hash, p_reference, p_purchased_on, p_amount,
            p_currency, p_now, 'OPEN', p_due_at, p_now, p_client, p_request)
    RETURNING id INTO missing_id;
    INSERT INTO missing_step (missing_id, member_id, partner_id, side, kind, state, message,
                              occurred_at, person, client_id, request_id)
    VALUES (missing_id, p_member, p_partner, 'MEMBER', 'REPORT', 'OPEN', p_message, p_now,
            books.person(p_client, p_grant), p_client, p_request);
    PERFORM books.tell_of_missing(65, missing_id, p_client, p_request);
    outcome := 'REPORTED';
  END IF;
  RETURN NEXT;
END $$
