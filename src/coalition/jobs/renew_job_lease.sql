-- Whether the holder still has the job, which it then has for another p_lease.
CREATE FUNCTION verbs.renew_job_lease(p_name text, p_holder uuid, p_lease interval)
RETURNS TABLE (held boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE job SET leased_until = clock_timestamp() + p_lease
   WHERE name = p_name AND holder = p_holder;
  held := FOUND;
  RETURN NEXT;
END $$
