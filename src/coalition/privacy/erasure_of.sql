-- When a member is to be forgotten, if it is.
CREATE FUNCTION verbs.erasure_of(p_member bigint)
RETURNS TABLE (points bigint, asked_at timestamptz, due_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT e.points, e.asked_at, e.due_at FROM erasure e
   WHERE e.member_id = p_member AND e.state = 'waiting'
$$
