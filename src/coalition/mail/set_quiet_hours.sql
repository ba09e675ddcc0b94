-- When a member is not to be disturbed; null: never.
CREATE FUNCTION verbs.set_quiet_hours(p_member bigint, p_from time, p_until time)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  IF p_from IS NULL THEN
    DELETE FROM quiet_hours q WHERE q.member_id = p_member;
  ELSE
    INSERT INTO quiet_hours (member_id, quiet_from, quiet_until) VALUES (p_member, p_from, p_until)
    ON CONFLICT (member_id) DO UPDATE
       SET quiet_from = EXCLUDED.quiet_from, quiet_until = EXCLUDED.quiet_until;
  END IF;
  outcome := 'DONE';
  RETURN NEXT;
END $$
