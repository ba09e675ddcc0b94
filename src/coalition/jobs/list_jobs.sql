-- Every job that was ever due, and whether somebody is at it now.
CREATE FUNCTION verbs.list_jobs()
RETURNS TABLE (name text, next_at timestamptz, started_at timestamptz, finished_at timestamptz,
               outcome text, detail text, failures int, running boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT j.name, j.next_at, j.started_at, j.finished_at, j.outcome, j.detail, j.failures,
         coalesce(j.leased_until > clock_timestamp(), false)
    FROM job j ORDER BY j.name
$$
