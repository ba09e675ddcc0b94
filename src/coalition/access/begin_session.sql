-- Somebody has signed in: a new session, and the one before it in the same browser ends. p_agent:
-- what the browser says that it is.
CREATE FUNCTION verbs.begin_session(
  p_hash bytea, p_before bytea, p_login bigint, p_ends_at timestamptz, p_agent text,
  p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM session s WHERE s.token_hash = p_before OR s.ends_at < p_now;
  INSERT INTO session (token_hash, login_id, began_at, seen_at, proved_at, ends_at, agent)
  VALUES (p_hash, p_login, p_now, p_now, p_now, p_ends_at, p_agent);
  outcome := 'BEGUN';
  RETURN NEXT;
END $$
