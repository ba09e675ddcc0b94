-- Whether a member wants mails of a kind. Wanting them is what is so without a row.
CREATE FUNCTION verbs.switch_mail(p_member bigint, p_kind text, p_wanted boolean)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  IF p_wanted THEN
    DELETE FROM mail_preference p WHERE p.member_id = p_member AND p.kind = p_kind;
  ELSE
    INSERT INTO mail_preference (member_id, kind, channel) VALUES (p_member, p_kind, 'NONE')
    ON CONFLICT DO NOTHING;
  END IF;
  outcome := 'DONE';
  RETURN NEXT;
END $$
