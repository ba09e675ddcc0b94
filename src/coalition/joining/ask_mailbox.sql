-- Ask a mailbox whether what somebody asked for is meant: a row, and a mail with the link. Nobody
-- gets more than three in an hour for the same thing, whoever asks for them: null then. Each thing is
-- counted alone, else who signs up under somebody's address keeps it from a new password. p_kind: of
-- the mail.
CREATE FUNCTION books.ask_mailbox(
  p_purpose text, p_kind text, p_email text, p_login bigint, p_content jsonb, p_facts jsonb,
  p_locale text, p_expires_at timestamptz, p_now timestamptz
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_id bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(9, hashtext(p_email));
  IF (SELECT count(*) FROM verification v
       WHERE v.email = p_email AND v.purpose = p_purpose
         AND v.asked_at > p_now - interval '1 hour') >= 3 THEN
    RETURN NULL;
  END IF;
  INSERT INTO verification (purpose, email, login_id, content, asked_at, expires_at)
  VALUES (p_purpose, p_email, p_login, p_content, p_now, p_expires_at) RETURNING id INTO v_id;
  PERFORM books.write_mail(p_kind, v_id::text, 0,
    (SELECT l.member_id FROM login l WHERE l.id = p_login), p_login, p_email, p_locale,
    p_facts || jsonb_build_object('verification', v_id, 'purpose', p_purpose,
                                  'until', p_expires_at), p_expires_at, p_now);
  RETURN v_id;
END $$
