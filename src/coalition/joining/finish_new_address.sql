-- A new mailbox has confirmed that its person signs in with it from now on. The old one is told, and
-- nothing is spent until p_paused_until.
CREATE FUNCTION verbs.finish_new_address(
  p_verification bigint, p_paused_until timestamptz, p_client text, p_request uuid,
  p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_asked verification;
  v_login login;
BEGIN
  SELECT * INTO v_asked FROM books.take_verification(p_verification, 'NEW_ADDRESS', p_now);
  SELECT * INTO v_login FROM login l
   WHERE l.id = v_asked.login_id AND l.status = 'active' AND l.member_id IS NOT NULL FOR UPDATE;
  IF v_login.id IS NULL OR EXISTS (SELECT 1 FROM login l WHERE l.email = v_asked.email) THEN
    outcome := 'NOT_GOOD';
    RETURN NEXT;
    RETURN;
  END IF;
  -- To the old address, which the row will not have any more.
  PERFORM books.warn_login(v_login.id, 'ADDRESS_CHANGED',
                           jsonb_build_object('until', p_paused_until), p_now);
  UPDATE login l SET email = v_asked.email, mail_refused_at = NULL WHERE l.id = v_login.id;
  DELETE FROM identifier i
   WHERE i.kind = 'EMAIL' AND i.partner_id = 0 AND i.member_id = v_login.member_id;
  INSERT INTO identifier (kind, partner_id, value, member_id)
  VALUES ('EMAIL', 0, v_asked.email, v_login.member_id)
  ON CONFLICT (kind, partner_id, value) DO UPDATE SET member_id = EXCLUDED.member_id;
  UPDATE member m SET spend_paused_until = greatest(m.spend_paused_until, p_paused_until)
   WHERE m.member_id = v_login.member_id;
  PERFORM books.tell(10, NULL, v_login.member_id, 0, p_client, p_request);
  outcome := 'DONE';
  RETURN NEXT;
END $$
