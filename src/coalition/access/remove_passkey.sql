-- A passkey of one's own signs nobody in any more.
CREATE FUNCTION verbs.remove_passkey(p_login bigint, p_credential bytea)
RETURNS TABLE (changed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM passkey k WHERE k.login_id = p_login AND k.credential_id = p_credential;
  GET DIAGNOSTICS changed = ROW_COUNT;
  IF changed > 0 THEN
    PERFORM books.warn_login(p_login, 'PASSKEY_REMOVED', '{}', clock_timestamp());
  END IF;
  RETURN NEXT;
END $$
