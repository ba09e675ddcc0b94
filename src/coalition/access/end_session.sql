-- Somebody has signed out.
CREATE FUNCTION verbs.end_session(p_hash bytea)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM session s WHERE s.token_hash = p_hash;
  outcome := 'ENDED';
  RETURN NEXT;
END $$
