-- New tokens for a session of the members' pages.
CREATE FUNCTION verbs.renew_web_session(
  p_hash bytea, p_sealed bytea, p_access_ends_at timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE web_session w
     SET sealed = p_sealed, access_ends_at = p_access_ends_at, renewing_until = NULL
   WHERE w.token_hash = p_hash;
  outcome := 'RENEWED';
  RETURN NEXT;
END $$
