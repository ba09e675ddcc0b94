-- Call a passkey of one's own otherwise.
CREATE FUNCTION verbs.rename_passkey(p_login bigint, p_credential bytea, p_label text)
RETURNS TABLE (changed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE passkey k SET label = p_label
   WHERE k.login_id = p_login AND k.credential_id = p_credential;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN NEXT;
END $$
