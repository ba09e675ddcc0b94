-- Whether a person has allowed a client as much before, and not taken it back.
CREATE FUNCTION verbs.covering_grant(p_client text, p_login bigint, p_scopes text[])
RETURNS TABLE (covered boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM oauth_grant g
                  WHERE g.login_id = p_login AND g.client_id = p_client AND g.ended_at IS NULL
                    AND g.session_hash IS NULL AND g.scopes @> p_scopes)
$$
