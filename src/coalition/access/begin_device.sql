-- A till without a keyboard asks for leave (RFC 8628); requests that nobody answered go.
CREATE FUNCTION verbs.begin_device(
  p_device_hash bytea, p_user_code text, p_client text, p_scopes text[],
  p_expires_at timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM device_request d WHERE d.expires_at < p_now - interval '1 day';
  INSERT INTO device_request (device_hash, user_code, client_id, scopes, expires_at)
  VALUES (p_device_hash, p_user_code, p_client, p_scopes, p_expires_at);
  outcome := 'BEGUN';
  RETURN NEXT;
END $$
