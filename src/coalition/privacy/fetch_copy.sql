-- The content of a member's own copy while it may be fetched; nothing for any other one.
CREATE FUNCTION verbs.fetch_copy(p_member bigint, p_copy bigint, p_now timestamptz)
RETURNS TABLE (content bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  UPDATE data_copy c SET fetched_at = coalesce(c.fetched_at, p_now)
   WHERE c.id = p_copy AND c.member_id = p_member AND c.state = 'ready' AND c.expires_at > p_now
  RETURNING c.content
$$
