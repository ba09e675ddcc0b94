-- Somebody wants an account under an e-mail address. If the address has one, its mailbox is told so;
-- who asked sees no difference.
CREATE FUNCTION verbs.begin_sign_up(
  p_email text, p_content text, p_expires_at timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_content jsonb := p_content;
  v_known login;
  v_id bigint;
BEGIN
  SELECT * INTO v_known FROM login l WHERE l.email = p_email;
  IF FOUND THEN
    v_id := books.ask_mailbox('SIGN_UP', 'ALREADY_MEMBER', p_email, v_known.id, '{}', '{}',
      v_content ->> 'locale', p_expires_at, p_now);
    -- It is a note that the mailbox was written to, and no link.
    UPDATE verification v SET used_at = p_now WHERE v.id = v_id;
    UPDATE mail m SET facts = '{}' WHERE m.kind = 'ALREADY_MEMBER' AND m.source = v_id::text;
  ELSE
    PERFORM books.ask_mailbox('SIGN_UP', 'CONFIRM_ADDRESS', p_email, NULL, v_content,
      jsonb_build_object('given_name', v_content ->> 'given_name'), v_content ->> 'locale',
      p_expires_at, p_now);
  END IF;
  outcome := 'ASKED';
  RETURN NEXT;
END $$
