-- The passkeys of a person, the oldest first.
CREATE FUNCTION verbs.passkeys_of(p_login bigint)
RETURNS TABLE (credential_id bytea, label text, transports text[], backed_up boolean,
               created_at timestamptz, used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT k.credential_id, k.label, k.transports, k.backed_up, k.created_at, k.used_at
    FROM passkey k WHERE k.login_id = p_login ORDER BY k.created_at, k.credential_id
$$
