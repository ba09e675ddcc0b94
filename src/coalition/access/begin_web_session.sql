-- Somebody comes in to the members' pages: a new session, and the one before it in the same browser
-- ends. p_sealed: the tokens for the API, which only a server can open.
CREATE FUNCTION verbs.begin_web_session(
  p_hash bytea, p_before bytea, p_sealed bytea, p_access_ends_at timestamptz,
  p_ends_at timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM web_session w WHERE w.token_hash = p_before;
  INSERT INTO web_session (token_hash, sealed, access_ends_at, began_at, ends_at)
  VALUES (p_hash, p_sealed, p_access_ends_at, p_now, p_ends_at);
  outcome := 'BEGUN';
  RETURN NEXT;
END $$
