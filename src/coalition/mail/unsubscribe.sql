-- Somebody used the link of a mail: no more mails of its kind; or, of offers, the consent to them is
-- taken back.
CREATE FUNCTION verbs.unsubscribe(
  p_member bigint, p_kind text, p_partner int, p_request uuid, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  IF p_kind = 'MARKETING' THEN
    PERFORM verbs.decide_consent(p_member, p_kind, p_partner, false, 0, '', ''::bytea, 'LINK',
                                 'link-in-a-mail', p_request, p_now);
  ELSIF EXISTS (SELECT 1 FROM member m WHERE m.member_id = p_member) THEN
    PERFORM verbs.switch_mail(p_member, p_kind, false);
  END IF;
  outcome := 'DONE';
  RETURN NEXT;
END $$
