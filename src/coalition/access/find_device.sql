-- Which client waits under a code that somebody types, and for what.
CREATE FUNCTION verbs.find_device(p_user_code text, p_now timestamptz)
RETURNS TABLE (client_id text, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT d.client_id, d.scopes FROM device_request d
   WHERE d.user_code = p_user_code AND d.state = 'pending' AND d.expires_at > p_now
$$
