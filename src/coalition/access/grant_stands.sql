-- Whether a permission is still good: not ended, nor is the session that it ends with.
CREATE FUNCTION books.grant_stands(p_ended_at timestamptz, p_session bytea, p_now timestamptz)
RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p_ended_at IS NULL AND (p_session IS NULL OR EXISTS (
           SELECT 1 FROM coalition.session s
            WHERE s.token_hash = p_session AND s.ends_at > p_now))
$$
