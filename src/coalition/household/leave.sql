-- A member leaves its household, or an owner sends one away; p_stay is the row of who goes, null: who
-- asks. Whose points are whose was never touched, so each goes with its own; what of them is set aside
-- for a purchase of another one comes home when that ends without it. The last owner leaves last. All
-- of the household are locked: a spending of one of them was before, or comes after.
CREATE FUNCTION verbs.leave_household(
  p_member bigint, p_claim uuid, p_hash uuid, p_stay bigint, p_now timestamptz, p_client text,
  p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_mine household_member;
  v_gone household_member;
  v_others int;
BEGIN
  PERFORM books.lock_circle(p_member);
  SELECT * INTO v_mine FROM household_member h WHERE h.member_id = p_member AND h.left_at IS NULL;
  PERFORM 1 FROM household h WHERE h.id = v_mine.household_id FOR NO KEY UPDATE;
  SELECT * INTO v_gone FROM household_member h
   WHERE h.id = coalesce(p_stay, v_mine.id) AND h.household_id = v_mine.household_id
     AND h.left_at IS NULL;
  SELECT count(*) INTO v_others FROM household_member h
   WHERE h.household_id = v_mine.household_id AND h.left_at IS NULL AND h.id <> v_gone.id;
  outcome := books.known_act(p_claim, p_hash);
  IF outcome IS NULL THEN
    outcome := CASE
      WHEN v_mine.id IS NULL THEN 'HOUSEHOLD_NOT_FOUND'
      WHEN v_gone.id IS NULL THEN 'HOUSEHOLD_MEMBER_NOT_FOUND'
      WHEN v_gone.id <> v_mine.id AND v_mine.role <> 'OWNER' THEN 'NOT_AN_OWNER'
      WHEN v_others > 0 AND NOT EXISTS (
        SELECT 1 FROM household_member h
         WHERE h.household_id = v_mine.household_id AND h.left_at IS NULL AND h.role = 'OWNER'
           AND h.id <> v_gone.id) THEN 'HOUSEHOLD_NEEDS_OWNER' END;
  END IF;
  IF outcome IS NULL THEN
    UPDATE household_member h SET left_at = p_now WHERE h.id = v_gone.id;
    IF v_others = 0 THEN
      UPDATE household h SET ended_at = p_now WHERE h.id = v_mine.household_id;
      UPDATE household_invitation i SET state = 'WITHDRAWN', decided_at = p_now
       WHERE i.household_id = v_mine.household_id AND i.state = 'OPEN';
    END IF;
    INSERT INTO household_act (claim, request_hash, household_id, member_id, what, subject_id,
                               client_id, request_id)
    VALUES (p_claim, p_hash, v_mine.household_id, p_member,
            CASE WHEN v_gone.id = v_mine.id THEN 'LEFT' ELSE 'SENT AWAY' END, v_gone.member_id,
            p_client, p_request);
    outcome := 'DONE';
  END IF;
  RETURN NEXT;
END $$
