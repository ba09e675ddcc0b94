-- Whose session it is, unless it was left alone for too long.
CREATE FUNCTION verbs.find_session(p_hash bytea, p_idle_seconds int, p_now timestamptz)
RETURNS TABLE (login_id bigint, email text, kind text, partner_id int, member_id bigint,
               roles text[], began_at timestamptz, proved_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- Not at every request: a minute more or less does not matter, a write does.
  UPDATE session s SET seen_at = p_now
   WHERE s.token_hash = p_hash AND s.seen_at < p_now - interval '1 minute'
     AND s.seen_at > p_now - make_interval(secs => p_idle_seconds);
  RETURN QUERY
  SELECT l.id, l.email, l.kind, l.partner_id, l.member_id, l.roles, s.began_at,
         coalesce(s.proved_at, s.began_at)
    FROM session s JOIN login l ON l.id = s.login_id
   WHERE s.token_hash = p_hash AND s.ends_at > p_now
     AND books.login_stands(l.status, l.partner_id, l.member_id)
     AND s.seen_at > p_now - make_interval(secs => p_idle_seconds);
END $$
