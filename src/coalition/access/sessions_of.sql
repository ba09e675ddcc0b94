-- Where somebody is signed in, the latest seen first.
CREATE FUNCTION verbs.sessions_of(p_login bigint, p_idle_seconds int, p_now timestamptz)
RETURNS TABLE (session_id bytea, began_at timestamptz, seen_at timestamptz, agent text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT s.token_hash, s.began_at, s.seen_at, s.agent FROM session s
   WHERE s.login_id = p_login AND s.ends_at > p_now
     AND s.seen_at > p_now - make_interval(secs => p_idle_seconds)
   ORDER BY s.seen_at DESC, s.token_hash
$$
