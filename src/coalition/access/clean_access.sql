-- Remove sessions, codes, refresh tokens, device requests and used assertions that ended before a
-- moment. None of them can be used any more, whether it is there or not.
CREATE FUNCTION verbs.clean_access(p_before timestamptz)
RETURNS TABLE (removed int)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH sessions AS (DELETE FROM session WHERE ends_at < p_before RETURNING 1),
       attempts AS (DELETE FROM sign_in_attempt WHERE last_at < p_before RETURNING 1),
       codes AS (DELETE FROM oauth_code WHERE expires_at < p_before RETURNING 1),
       tokens AS (DELETE FROM refresh_token WHERE expires_at < p_before RETURNING 1),
       devices AS (DELETE FROM device_request WHERE expires_at < p_before RETURNING 1),
       assertions AS (DELETE FROM used_assertion WHERE until < p_before RETURNING 1)
  SELECT (SELECT count(*) FROM sessions)::int + (SELECT count(*) FROM attempts)::int
       + (SELECT count(*) FROM codes)::int + (SELECT count(*) FROM tokens)::int
       + (SELECT count(*) FROM devices)::int + (SELECT count(*) FROM assertions)::int
$$
