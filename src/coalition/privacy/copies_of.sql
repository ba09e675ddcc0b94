-- The copies that a member asked for, the newest first.
CREATE FUNCTION verbs.copies_of(p_member bigint)
RETURNS TABLE (id bigint, state text, asked_at timestamptz, ready_at timestamptz,
               expires_at timestamptz, fetched_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT c.id, c.state, c.asked_at, c.ready_at, c.expires_at, c.fetched_at
    FROM data_copy c WHERE c.member_id = p_member ORDER BY c.id DESC LIMIT 20
$$
