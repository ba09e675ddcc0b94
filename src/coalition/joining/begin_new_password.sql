-- Somebody does not know the password of a member's login any more: its mailbox is asked. Logins of
-- staff get theirs from the operator.
CREATE FUNCTION verbs.begin_new_password(
  p_email text, p_expires_at timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_login login;
BEGIN
  SELECT * INTO v_login FROM login l
   WHERE l.email = p_email AND l.kind = 'MEMBER'
     AND books.login_stands(l.status, l.partner_id, l.member_id);
  IF FOUND THEN
    PERFORM books.ask_mailbox('NEW_PASSWORD', 'NEW_PASSWORD', p_email, v_login.id, '{}', '{}',
      (SELECT m.locale FROM member m WHERE m.member_id = v_login.member_id), p_expires_at, p_now);
  END IF;
  outcome := 'ASKED';
  RETURN NEXT;
END $$
