-- Whose passkey it is, with what its signature is checked with.
CREATE FUNCTION verbs.find_passkey(p_credential bytea)
RETURNS TABLE (login_id bigint, handle bytea, public_key bytea, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT l.id, l.passkey_handle, k.public_key,
         books.login_stands(l.status, l.partner_id, l.member_id)
    FROM passkey k JOIN login l ON l.id = k.login_id
   WHERE k.credential_id = p_credential
$$
