-- An owner invites whoever has a card. A card that is nobody's, or of somebody who may not come, is
-- answered and listed like any other: who invites learns of nobody. Whoever lets somebody spend
-- everybody's points must just have shown that it is it: else who has somebody's session for a minute
-- brings in itself. p_shown: what of the card's number is kept, for the inviter to know it again.
CREATE FUNCTION verbs.invite_to_household(
  p_member bigint, p_claim uuid, p_hash uuid, p_card text, p_shown text, p_role text,
  p_grant uuid, p_fresh_since timestamptz, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_mine household_member;
  v_sharing jsonb;
  v_guest bigint;
  v_day CONSTANT interval := interval '1 day';
BEGIN
  PERFORM books.lock_circle(p_member);
  SELECT * INTO v_mine FROM household_member h WHERE h.member_id = p_member AND h.left_at IS NULL;
  PERFORM 1 FROM household h WHERE h.id = v_mine.household_id FOR NO KEY UPDATE;
  SELECT g.sharing -> 'household' INTO v_sharing FROM programme g;
  SELECT i.member_id INTO v_guest
    FROM identifier i JOIN member m ON m.member_id = i.member_id
   WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_card AND i.state = 'active'
     AND m.status IN ('active', 'locked');
  outcome := books.known_act(p_claim, p_hash);
  IF outcome IS NULL THEN
    outcome := CASE
      WHEN v_mine.id IS NULL THEN 'HOUSEHOLD_NOT_FOUND'
      WHEN v_mine.role <> 'OWNER' THEN 'NOT_AN_OWNER'
      WHEN p_role IN ('OWNER', 'SPENDER') AND NOT books.is_fresh(p_grant, p_fresh_since)
        THEN 'STEP_UP_REQUIRED'
      WHEN p_role IN ('OWNER', 'SPENDER') AND EXISTS (
        SELECT 1 FROM member m WHERE m.member_id = p_member AND m.spend_paused_until > p_now)
        THEN 'SPEND_PAUSED'
      WHEN EXISTS (SELECT 1 FROM household_member h
                    WHERE h.household_id = v_mine.household_id AND h.member_id = v_guest
                      AND h.left_at IS NULL) THEN 'IN_A_HOUSEHOLD'
      WHEN (SELECT count(*) FROM household_member h
             WHERE h.household_id = v_mine.household_id AND h.left_at IS NULL)
         + (SELECT count(*) FROM household_invitation i
             WHERE i.household_id = v_mine.household_id AND i.state = 'OPEN'
               AND i.expires_at > p_now) >= (v_sharing ->> 'members')::int THEN 'HOUSEHOLD_FULL'
      -- Whoever takes back and invites again does not go through the numbers of all cards.
      WHEN (SELECT count(*) FROM household_invitation i
             WHERE i.household_id = v_mine.household_id AND i.invited_at > p_now - v_day)
           >= 2 * (v_sharing ->> 'members')::int THEN 'TOO_MANY_INVITATIONS' END;
  END IF;
  IF outcome IS NULL THEN
    INSERT INTO household_invitation (household_id, member_id, shown, role, invited_by, invited_at,
                                      expires_at, state)
    VALUES (v_mine.household_id, v_guest, p_shown, p_role, p_member, p_now,
            p_now + make_interval(days => (v_sharing ->> 'invitation_days')::int), 'OPEN');
    INSERT INTO household_act (claim, request_hash, household_id, member_id, what, subject_id,
                               client_id, request_id)
    VALUES (p_claim, p_hash, v_mine.household_id, p_member, 'INVITED', v_guest, p_client, p_request);
    outcome := 'DONE';
  END IF;
  RETURN NEXT;
END $$
