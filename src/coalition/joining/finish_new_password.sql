-- A member has chosen a new password with the link in its mail. Sessions and passkeys end: one of
-- them may be somebody else's; and so do other links, of which one may lead to another mailbox.
-- Nothing is spent until p_paused_until.
CREATE FUNCTION verbs.finish_new_password(
  p_verification bigint, p_password_hash text, p_paused_until timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_asked verification;
  v_login login;
BEGIN
  SELECT * INTO v_asked FROM books.take_verification(p_verification, 'NEW_PASSWORD', p_now);
  SELECT * INTO v_login FROM login l
   WHERE l.id = v_asked.login_id AND l.email = v_asked.email AND l.status = 'active' FOR UPDATE;
  IF v_login.id IS NULL THEN
    outcome := 'NOT_GOOD';
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE login l SET password_hash = p_password_hash WHERE l.id = v_login.id;
  DELETE FROM session s WHERE s.login_id = v_login.id;
  DELETE FROM passkey k WHERE k.login_id = v_login.id;
  PERFORM books.end_links(v_login.id, p_now);
  UPDATE member m SET spend_paused_until = greatest(m.spend_paused_until, p_paused_until)
   WHERE m.member_id = v_login.member_id;
  PERFORM books.warn_login(v_login.id, 'PASSWORD_CHANGED', '{}', p_now);
  outcome := 'DONE';
  RETURN NEXT;
END $$
