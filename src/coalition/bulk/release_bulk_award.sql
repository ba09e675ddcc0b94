-- Give the turn back. With a reason: it could not go on, and is tried again after p_wait.
CREATE FUNCTION verbs.release_bulk_award(
  p_bulk bigint, p_holder uuid, p_code text, p_reason text, p_wait interval
) RETURNS TABLE (released boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE bulk_award SET holder = NULL, leased_until = NULL, served_at = clock_timestamp(),
                        reason_code = p_code, reason = p_reason,
                        not_before = clock_timestamp() + p_wait
   WHERE id = p_bulk AND holder = p_holder AND state IN ('CHECKING', 'AWARDING');
  released := FOUND;
  RETURN NEXT;
END $$
