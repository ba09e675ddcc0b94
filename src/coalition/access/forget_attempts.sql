-- It was right: what was tried before under this key does not count any more, and this attempt
-- does not count under the others.
CREATE FUNCTION verbs.forget_attempts(p_key bytea, p_others bytea[])
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  PERFORM 1 FROM sign_in_attempt a WHERE a.key = p_key OR a.key = ANY (p_others)
    ORDER BY a.key FOR UPDATE;
  DELETE FROM sign_in_attempt a WHERE a.key = p_key;
  UPDATE sign_in_attempt a SET attempts = greatest(a.attempts - 1, 0) WHERE a.key = ANY (p_others);
  outcome := 'FORGOTTEN';
  RETURN NEXT;
END $$
