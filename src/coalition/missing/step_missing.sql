-- One step about a missing purchase that posts nothing: a question, an answer, a refusal, a
-- withdrawal. rules.py has judged it against p_from; p_to null: it is decided already, and only a
-- replay is looked for. CHANGED: somebody was faster; judge it anew.
CREATE FUNCTION verbs.step_missing(
  p_claim uuid, p_hash uuid, p_missing bigint, p_partner int, p_member bigint, p_from text,
  p_kind text, p_to text, p_reason text, p_message text, p_due_at timestamptz, p_most int,
  p_now timestamptz, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_missing missing_purchase;
  v_earlier missing_step;
BEGIN
  SELECT * INTO v_missing FROM missing_purchase m
   WHERE m.id = p_missing AND (m.partner_id = p_partner OR m.member_id = p_member) FOR UPDATE;
  SELECT * INTO v_earlier FROM missing_step s WHERE s.claim = p_claim;
  outcome := CASE
    WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
    WHEN v_earlier.id IS NOT NULL THEN 'IDEMPOTENCY_KEY_REUSED'
    WHEN v_missing.id IS NULL THEN 'MISSING_PURCHASE_NOT_FOUND'
    WHEN p_partner IS NOT NULL AND NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_missing.state <> p_from THEN 'CHANGED'
    WHEN p_to IS NULL THEN 'MISSING_PURCHASE_DECIDED'
    WHEN p_kind IN ('QUESTION', 'ANSWER')
     AND (SELECT count(*) FROM missing_step s WHERE s.missing_id = p_missing) >= p_most
      THEN 'MISSING_PURCHASE_FULL' END;
  IF outcome IS NULL THEN
    UPDATE missing_purchase m SET state = p_to, due_at = p_due_at, changed_at = p_now
     WHERE m.id = p_missing;
    INSERT INTO missing_step (missing_id, member_id, partner_id, side, kind, state, claim,
                              request_hash, reason, message, occurred_at, person, client_id,
                              request_id)
    VALUES (p_missing, v_missing.member_id, v_missing.partner_id,
            CASE WHEN p_partner IS NULL THEN 'MEMBER' ELSE 'PARTNER' END, p_kind, p_to, p_claim,
            p_hash, p_reason, p_message, p_now, books.person(p_client, p_grant), p_client,
            p_request);
    PERFORM books.tell_of_missing(66, p_missing, p_client, p_request);
    outcome := 'TAKEN';
  END IF;
  RETURN NEXT;
END $$
