-- Whether the holder still has the file, which it then has for another p_lease.
CREATE FUNCTION verbs.renew_bulk_lease(p_bulk bigint, p_holder uuid, p_lease interval)
RETURNS TABLE (held boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE bulk_award SET leased_until = clock_timestamp() + p_lease
   WHERE id = p_bulk AND holder = p_holder AND state IN ('CHECKING', 'AWARDING');
  held := FOUND;
  RETURN NEXT;
END $$
