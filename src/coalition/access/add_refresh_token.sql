-- Keep a refresh token that was given out.
CREATE FUNCTION verbs.add_refresh_token(p_hash bytea, p_grant uuid, p_expires_at timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  INSERT INTO refresh_token (token_hash, grant_id, expires_at)
  VALUES (p_hash, p_grant, p_expires_at);
  outcome := 'ADDED';
  RETURN NEXT;
END $$
