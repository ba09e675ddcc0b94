-- A member wants a copy of its data. While one waits, it is that one.
CREATE FUNCTION verbs.ask_for_copy(p_member bigint, p_now timestamptz)
RETURNS TABLE (id bigint, state text, asked_at timestamptz, ready_at timestamptz,
               expires_at timestamptz, fetched_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO data_copy (member_id, asked_at) VALUES (p_member, p_now)
  ON CONFLICT (member_id) WHERE state = 'waiting' DO NOTHING;
  RETURN QUERY
  SELECT c.id, c.state, c.asked_at, c.ready_at, c.expires_at, c.fetched_at
    FROM data_copy c WHERE c.member_id = p_member AND c.state = 'waiting';
END $$
