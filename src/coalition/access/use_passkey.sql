-- A passkey has signed. Its count of signatures must have grown, unless it does not count at all:
-- one that goes back is a copy's (WebAuthn level 3, section 6.1.1).
CREATE FUNCTION verbs.use_passkey(
  p_credential bytea, p_sign_count bigint, p_backed_up boolean, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_count bigint;
BEGIN
  SELECT k.sign_count INTO v_count FROM passkey k WHERE k.credential_id = p_credential FOR UPDATE;
  outcome := CASE
    WHEN v_count IS NULL THEN 'NOT_FOUND'
    WHEN p_sign_count <= v_count AND (p_sign_count, v_count) <> (0, 0) THEN 'WENT_BACK'
    ELSE 'USED' END;
  IF outcome = 'USED' THEN
    UPDATE passkey k SET sign_count = p_sign_count, backed_up = p_backed_up, used_at = p_now
     WHERE k.credential_id = p_credential;
  END IF;
  RETURN NEXT;
END $$
