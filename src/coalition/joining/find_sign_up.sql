-- The password that was chosen with a sign-up, while that waits to be confirmed.
CREATE FUNCTION verbs.find_sign_up(p_verification bigint, p_now timestamptz)
RETURNS TABLE (password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT v.content ->> 'password_hash' FROM verification v
   WHERE v.id = p_verification AND v.purpose = 'SIGN_UP' AND v.used_at IS NULL
     AND v.expires_at > p_now
$$
