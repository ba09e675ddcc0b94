-- Who sits there has shown its password or a passkey once more.
CREATE FUNCTION verbs.prove_session(p_hash bytea, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE session s SET proved_at = p_now WHERE s.token_hash = p_hash;
  outcome := 'PROVED';
  RETURN NEXT;
END $$
