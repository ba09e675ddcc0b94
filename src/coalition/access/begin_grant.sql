-- A person gives a client leave; the code for it is used once. p_session: the session with which
-- it ends, for a client that is a page of our own. p_proved_at: when the person had last shown its
-- password or a passkey.
CREATE FUNCTION verbs.begin_grant(
  p_grant uuid, p_client text, p_login bigint, p_scopes text[], p_session bytea, p_code_hash bytea,
  p_redirect_uri text, p_challenge text, p_expires_at timestamptz,
  p_proved_at timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  INSERT INTO oauth_grant (id, client_id, login_id, scopes, session_hash, began_at,
                           proved_at)
  VALUES (p_grant, p_client, p_login, p_scopes, p_session, p_now, p_proved_at);
  INSERT INTO oauth_code (code_hash, grant_id, redirect_uri, challenge, expires_at)
  VALUES (p_code_hash, p_grant, p_redirect_uri, p_challenge, p_expires_at);
  outcome := 'BEGUN';
  RETURN NEXT;
END $$
