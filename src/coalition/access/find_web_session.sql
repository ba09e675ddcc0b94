-- A session of the members' pages that has not ended.
CREATE FUNCTION verbs.find_web_session(p_hash bytea, p_now timestamptz)
RETURNS TABLE (sealed bytea, access_ends_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT w.sealed, w.access_ends_at, w.ends_at FROM web_session w
   WHERE w.token_hash = p_hash AND w.ends_at > p_now
$$
