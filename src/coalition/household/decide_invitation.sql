-- An invitation is ACCEPTED or DECLINED by whom it is for, or WITHDRAWN by an owner: once. Who accepts
-- lets others spend its points, so it must just have shown that it is it.
CREATE FUNCTION verbs.decide_invitation(
  p_member bigint, p_claim uuid, p_hash uuid, p_invitation bigint, p_to text, p_grant uuid,
  p_fresh_since timestamptz, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_invitation household_invitation;
  v_most int;
BEGIN
  PERFORM books.lock_circle(p_member);
  PERFORM 1 FROM household h
   WHERE h.id = (SELECT i.household_id FROM household_invitation i WHERE i.id = p_invitation)
     FOR NO KEY UPDATE;
  SELECT * INTO v_invitation FROM household_invitation i
   WHERE i.id = p_invitation AND CASE WHEN p_to = 'WITHDRAWN' THEN EXISTS (
     SELECT 1 FROM household_member h
      WHERE h.household_id = i.household_id AND h.member_id = p_member AND h.left_at IS NULL
        AND h.role = 'OWNER') ELSE i.member_id = p_member END
     FOR NO KEY UPDATE;
  SELECT (g.sharing #>> '{household,members}')::int INTO v_most FROM programme g;
  outcome := CASE
    WHEN v_invitation.id IS NULL THEN 'HOUSEHOLD_INVITATION_NOT_FOUND'
    WHEN v_invitation.state = p_to THEN 'REPLAYED'
    WHEN v_invitation.state <> 'OPEN' OR v_invitation.expires_at <= p_now
      THEN 'HOUSEHOLD_INVITATION_OVER' END;
  IF outcome IS NULL AND p_to = 'ACCEPTED' THEN
    outcome := CASE
      WHEN NOT books.is_fresh(p_grant, p_fresh_since) THEN 'STEP_UP_REQUIRED'
      WHEN (SELECT count(*) FROM household_member h
             WHERE h.household_id = v_invitation.household_id AND h.left_at IS NULL) >= v_most
        THEN 'HOUSEHOLD_FULL'
      ELSE books.joining_trouble(p_member, p_now) END;
  END IF;
  IF outcome IS NULL THEN
    UPDATE household_invitation i SET state = p_to, decided_at = p_now WHERE i.id = p_invitation;
    IF p_to = 'ACCEPTED' THEN
      INSERT INTO household_member (household_id, member_id, role, joined_at)
      VALUES (v_invitation.household_id, p_member, v_invitation.role, p_now);
    END IF;
    INSERT INTO household_act (claim, request_hash, household_id, member_id, what, subject_id,
                               client_id, request_id)
    VALUES (p_claim, p_hash, v_invitation.household_id, p_member, 'INVITATION ' || p_to,
            v_invitation.member_id, p_client, p_request);
    outcome := 'DONE';
  END IF;
  RETURN NEXT;
END $$
