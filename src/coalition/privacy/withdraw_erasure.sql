-- A member stays after all.
CREATE FUNCTION verbs.withdraw_erasure(p_member bigint, p_now timestamptz)
RETURNS TABLE (withdrawn boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE erasure e SET state = 'withdrawn', ended_at = p_now
   WHERE e.member_id = p_member AND e.state = 'waiting';
  withdrawn := FOUND;
  RETURN NEXT;
END $$
