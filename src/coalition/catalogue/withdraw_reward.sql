-- A reward is claimed no more; what was claimed stays. Twice changes nothing.
CREATE FUNCTION verbs.withdraw_reward(p_partner int, p_reward bigint, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_reward reward;
BEGIN
  SELECT * INTO v_reward FROM reward r
   WHERE r.id = p_reward AND r.partner_id = p_partner FOR NO KEY UPDATE;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_reward.id IS NULL THEN 'REWARD_NOT_FOUND'
    WHEN v_reward.withdrawn_at IS NOT NULL THEN 'WITHDRAWN_BEFORE' END;
  IF outcome IS NULL THEN
    UPDATE reward r SET withdrawn_at = p_now WHERE r.id = p_reward;
    outcome := 'WITHDRAWN';
  END IF;
  RETURN NEXT;
END $$
