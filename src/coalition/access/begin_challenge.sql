-- A passkey is to sign this once, in the browser that asked; challenges past their time go.
CREATE FUNCTION verbs.begin_challenge(
  p_hash bytea, p_purpose text, p_browser bytea, p_expires_at timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM passkey_challenge c WHERE c.expires_at < p_now;
  INSERT INTO passkey_challenge (challenge_hash, purpose, browser_hash, expires_at)
  VALUES (p_hash, p_purpose, p_browser, p_expires_at);
  outcome := 'BEGUN';
  RETURN NEXT;
END $$
