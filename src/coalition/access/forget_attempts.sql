-- The password was right: what was tried before under this key does not count any more.
CREATE FUNCTION verbs.forget_attempts(p_key bytea)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM sign_in_attempt a WHERE a.key = p_key;
  outcome := 'FORGOTTEN';
  RETURN NEXT;
END $$
