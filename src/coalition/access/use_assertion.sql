-- Whether a client's assertion is used for the first time; it is used now.
CREATE FUNCTION verbs.use_assertion(
  p_client text, p_jti_hash bytea, p_until timestamptz, p_now timestamptz
) RETURNS TABLE (first_use boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM used_assertion u WHERE u.until < p_now - interval '1 hour';
  INSERT INTO used_assertion (client_id, jti_hash, until) VALUES (p_client, p_jti_hash, p_until)
  ON CONFLICT DO NOTHING;
  first_use := FOUND;
  RETURN NEXT;
END $$
