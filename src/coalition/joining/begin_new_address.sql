-- Somebody that is signed in wants another e-mail address, and has just shown that it is it
-- (p_grant, p_fresh_since). The new mailbox is asked, the old one is told. If the new address has a
-- login, that mailbox is told so; who asked sees no difference.
CREATE FUNCTION verbs.begin_new_address(
  p_login bigint, p_email text, p_expires_at timestamptz, p_hours int, p_grant uuid,
  p_fresh_since timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_locale text := (SELECT m.locale FROM login l JOIN member m ON m.member_id = l.member_id
                     WHERE l.id = p_login);
  v_known bigint := (SELECT l.id FROM login l WHERE l.email = p_email);
  v_id bigint;
BEGIN
  IF NOT books.is_fresh(p_grant, p_fresh_since) THEN
    outcome := 'STEP_UP_REQUIRED';
    RETURN NEXT;
    RETURN;
  END IF;
  outcome := 'ASKED';
  IF v_known IS NOT NULL THEN
    IF v_known <> p_login THEN
      v_id := books.ask_mailbox('NEW_ADDRESS', 'ALREADY_MEMBER', p_email, v_known, '{}', '{}',
        v_locale, p_expires_at, p_now);
      UPDATE verification v SET used_at = p_now WHERE v.id = v_id;
      UPDATE mail m SET facts = '{}' WHERE m.kind = 'ALREADY_MEMBER' AND m.source = v_id::text;
    END IF;
  ELSE
    -- Only the last one asked for is good.
    UPDATE verification v SET used_at = p_now
     WHERE v.login_id = p_login AND v.purpose = 'NEW_ADDRESS' AND v.used_at IS NULL;
    v_id := books.ask_mailbox('NEW_ADDRESS', 'NEW_ADDRESS', p_email, p_login, '{}',
      jsonb_build_object('hours', p_hours), v_locale, p_expires_at, p_now);
  END IF;
  IF v_id IS NOT NULL THEN
    PERFORM books.warn_login(p_login, 'ADDRESS_CHANGING', '{}', p_now);
  END IF;
  RETURN NEXT;
END $$
