-- What has become of a till's request. Asked too often, it is to ask five seconds less often.
CREATE FUNCTION verbs.poll_device(p_device_hash bytea, p_client text, p_now timestamptz)
RETURNS TABLE (outcome text, grant_id uuid, login_id bigint, partner_id int, member_id bigint,
               scopes text[], kind text, roles text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_request device_request;
BEGIN
  SELECT * INTO v_request FROM device_request d
   WHERE d.device_hash = p_device_hash AND d.client_id = p_client FOR UPDATE;
  outcome := CASE
    WHEN v_request.device_hash IS NULL OR v_request.state = 'used' THEN 'NOT_FOUND'
    WHEN v_request.expires_at <= p_now THEN 'EXPIRED'
    WHEN v_request.state = 'denied' THEN 'DENIED'
    WHEN v_request.state = 'allowed' THEN 'ALLOWED'
    WHEN v_request.polled_at + make_interval(secs => v_request.wait_seconds) > p_now
      THEN 'SLOW_DOWN'
    ELSE 'PENDING' END;
  IF outcome = 'ALLOWED' THEN
    UPDATE device_request d SET state = 'used' WHERE d.device_hash = p_device_hash;
    RETURN QUERY SELECT 'ALLOWED', p.* FROM books.person_of(v_request.grant_id) p;
    RETURN;
  END IF;
  UPDATE device_request d SET polled_at = p_now, wait_seconds = d.wait_seconds
           + CASE WHEN outcome = 'SLOW_DOWN' THEN 5 ELSE 0 END
   WHERE d.device_hash = p_device_hash;
  RETURN NEXT;
END $$
