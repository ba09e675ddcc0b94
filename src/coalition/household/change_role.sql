-- An owner says what one of the household may do. Whoever lets somebody spend everybody's points must
-- just have shown that it is it. There is always an owner.
CREATE FUNCTION verbs.change_household_role(
  p_member bigint, p_claim uuid, p_hash uuid, p_stay bigint, p_role text, p_grant uuid,
  p_fresh_since timestamptz, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_mine household_member;
  v_other household_member;
BEGIN
  PERFORM books.lock_circle(p_member);
  SELECT * INTO v_mine FROM household_member h WHERE h.member_id = p_member AND h.left_at IS NULL;
  PERFORM 1 FROM household h WHERE h.id = v_mine.household_id FOR NO KEY UPDATE;
  SELECT * INTO v_other FROM household_member h
   WHERE h.id = p_stay AND h.household_id = v_mine.household_id AND h.left_at IS NULL;
  outcome := books.known_act(p_claim, p_hash);
  IF outcome IS NULL THEN
    outcome := CASE
      WHEN v_mine.id IS NULL THEN 'HOUSEHOLD_NOT_FOUND'
      WHEN v_mine.role <> 'OWNER' THEN 'NOT_AN_OWNER'
      WHEN v_other.id IS NULL THEN 'HOUSEHOLD_MEMBER_NOT_FOUND'
      WHEN p_role IN ('OWNER', 'SPENDER') AND NOT books.is_fresh(p_grant, p_fresh_since)
        THEN 'STEP_UP_REQUIRED'
      WHEN p_role IN ('OWNER', 'SPENDER') AND EXISTS (
        SELECT 1 FROM member m WHERE m.member_id = p_member AND m.spend_paused_until > p_now)
        THEN 'SPEND_PAUSED'
      WHEN p_role <> 'OWNER' AND NOT EXISTS (
        SELECT 1 FROM household_member h
         WHERE h.household_id = v_mine.household_id AND h.left_at IS NULL AND h.role = 'OWNER'
           AND h.id <> v_other.id) THEN 'HOUSEHOLD_NEEDS_OWNER' END;
  END IF;
  IF outcome IS NULL THEN
    UPDATE household_member h SET role = p_role WHERE h.id = v_other.id;
    INSERT INTO household_act (claim, request_hash, household_id, member_id, what, subject_id,
                               client_id, request_id)
    VALUES (p_claim, p_hash, v_mine.household_id, p_member, 'ROLE ' || p_role, v_other.member_id,
            p_client, p_request);
    outcome := 'DONE';
  END IF;
  RETURN NEXT;
END $$
