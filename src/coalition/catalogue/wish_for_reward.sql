-- What a member saves for from now on, in place of what it saved for before; p_reward null: nothing.
CREATE FUNCTION verbs.wish_for_reward(p_member bigint, p_reward bigint, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  outcome := CASE
    WHEN EXISTS (SELECT 1 FROM member m WHERE m.member_id = p_member AND m.status = 'closed')
      THEN 'MEMBER_CLOSED'
    WHEN p_reward IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reward r WHERE r.id = p_reward)
      THEN 'REWARD_NOT_FOUND'
    ELSE 'WISHED' END;
  IF outcome = 'WISHED' AND p_reward IS NULL THEN
    DELETE FROM member_wish w WHERE w.member_id = p_member;
  ELSIF outcome = 'WISHED' THEN
    INSERT INTO member_wish AS w (member_id, reward_id, since) VALUES (p_member, p_reward, p_now)
    ON CONFLICT (member_id) DO UPDATE SET reward_id = p_reward, since = p_now
     WHERE w.reward_id <> p_reward;
  END IF;
  RETURN NEXT;
END $$
