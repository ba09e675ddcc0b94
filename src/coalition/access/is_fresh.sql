-- Whether the person behind a permission has shown its password or a passkey since a moment: in the
-- session that the permission ends with, or when it gave leave.
CREATE FUNCTION books.is_fresh(p_grant uuid, p_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM coalition.oauth_grant g
      LEFT JOIN coalition.session s ON s.token_hash = g.session_hash
     WHERE g.id = p_grant AND g.ended_at IS NULL
       AND greatest(g.proved_at, s.proved_at) >= p_since)
$$
