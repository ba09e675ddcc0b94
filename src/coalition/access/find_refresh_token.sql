-- What a client may be told of a refresh token of its own that is still good.
CREATE FUNCTION verbs.find_refresh_token(p_hash bytea, p_client text, p_now timestamptz)
RETURNS TABLE (grant_id uuid, login_id bigint, partner_id int, member_id bigint, scopes text[],
               kind text, roles text[], expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT p.*, r.expires_at
    FROM refresh_token r JOIN oauth_grant g ON g.id = r.grant_id,
         LATERAL books.person_of(g.id) p
   WHERE r.token_hash = p_hash AND g.client_id = p_client AND r.used_at IS NULL
     AND r.expires_at > p_now
$$
