-- Take a job that is due, for p_lease, unless somebody has it; p_first is when a job that was never
-- run is due. Leases go by the database's clock: workers may not agree about theirs.
CREATE FUNCTION verbs.claim_job(
  p_name text, p_first timestamptz, p_now timestamptz, p_holder uuid, p_lease interval
) RETURNS TABLE (claimed boolean, next_at timestamptz, failures int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO job (name, next_at) VALUES (p_name, p_first) ON CONFLICT DO NOTHING;
  UPDATE job j SET holder = p_holder, leased_until = clock_timestamp() + p_lease,
                   started_at = p_now
   WHERE j.name = p_name AND j.next_at <= p_now
     AND (j.leased_until IS NULL OR j.leased_until <= clock_timestamp());
  claimed := FOUND;
  SELECT j.next_at, j.failures INTO next_at, failures FROM job j WHERE j.name = p_name;
  RETURN NEXT;
END $$
