-- The random number by which a person's passkeys know the person; made when first asked for.
CREATE FUNCTION verbs.passkey_handle(p_login bigint, p_new bytea)
RETURNS TABLE (handle bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE login l SET passkey_handle = coalesce(l.passkey_handle, p_new) WHERE l.id = p_login
  RETURNING l.passkey_handle INTO handle;
  RETURN NEXT;
END $$
