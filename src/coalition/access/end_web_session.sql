-- Somebody has left the members' pages.
CREATE FUNCTION verbs.end_web_session(p_hash bytea)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM web_session w WHERE w.token_hash = p_hash;
  outcome := 'ENDED';
  RETURN NEXT;
END $$
