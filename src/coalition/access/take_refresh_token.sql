-- Use a refresh token once (RFC 9700 section 4.14.2). Used again, somebody else has it too, and
-- nobody knows who is who: the grant ends for both.
CREATE FUNCTION verbs.take_refresh_token(p_hash bytea, p_client text, p_now timestamptz)
RETURNS TABLE (grant_id uuid, login_id bigint, partner_id int, member_id bigint, scopes text[],
               kind text, roles text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_token refresh_token;
BEGIN
  SELECT r.* INTO v_token FROM refresh_token r JOIN oauth_grant g ON g.id = r.grant_id
   WHERE r.token_hash = p_hash AND g.client_id = p_client FOR UPDATE OF r;
  IF v_token.used_at IS NOT NULL THEN
    UPDATE oauth_grant g SET ended_at = coalesce(g.ended_at, p_now) WHERE g.id = v_token.grant_id;
    RETURN;
  END IF;
  IF v_token.expires_at > p_now THEN
    UPDATE refresh_token r SET used_at = p_now WHERE r.token_hash = p_hash;
    RETURN QUERY SELECT p.* FROM books.person_of(v_token.grant_id) p;
  END IF;
END $$
