-- Keep a passkey that a person has made. One that is known already, whoever has it, is not kept.
CREATE FUNCTION verbs.add_passkey(
  p_login bigint, p_credential bytea, p_public_key bytea, p_sign_count bigint, p_label text,
  p_transports text[], p_backed_up boolean, p_most int, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  -- One at a time, or two at once would pass the limit together.
  PERFORM 1 FROM login l WHERE l.id = p_login FOR UPDATE;
  IF (SELECT count(*) FROM passkey k WHERE k.login_id = p_login) >= p_most THEN
    outcome := 'TOO_MANY';
  ELSE
    INSERT INTO passkey (credential_id, login_id, public_key, sign_count, label, transports,
                         backed_up, created_at)
    VALUES (p_credential, p_login, p_public_key, p_sign_count, p_label, p_transports, p_backed_up,
            p_now)
    ON CONFLICT DO NOTHING;
    outcome := CASE WHEN FOUND THEN 'ADDED' ELSE 'KNOWN' END;
    IF outcome = 'ADDED' THEN
      PERFORM books.warn_login(p_login, 'PASSKEY_ADDED', '{}', p_now);
    END IF;
  END IF;
  RETURN NEXT;
END $$
