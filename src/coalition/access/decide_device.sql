-- A person allows a till, or does not. Decided once.
CREATE FUNCTION verbs.decide_device(
  p_user_code text, p_login bigint, p_allowed boolean, p_grant uuid, p_scopes text[],
  p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_request device_request;
BEGIN
  SELECT * INTO v_request FROM device_request d
   WHERE d.user_code = p_user_code AND d.state = 'pending' AND d.expires_at > p_now FOR UPDATE;
  IF NOT FOUND THEN
    outcome := 'NOT_FOUND';
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_allowed THEN
    INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at)
    VALUES (p_grant, v_request.client_id, p_login, p_scopes, p_now);
  END IF;
  UPDATE device_request d SET state = CASE WHEN p_allowed THEN 'allowed' ELSE 'denied' END,
                              grant_id = CASE WHEN p_allowed THEN p_grant END
   WHERE d.device_hash = v_request.device_hash;
  outcome := 'DECIDED';
  RETURN NEXT;
END $$
