-- How a job went that every worker runs all the time: it is never due and nobody holds it.
CREATE FUNCTION verbs.note_job(
  p_name text, p_started timestamptz, p_finished timestamptz, p_done boolean, p_detail text
) RETURNS TABLE (noted boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  INSERT INTO job AS j (name, next_at, started_at, finished_at, outcome, detail, failures)
  VALUES (p_name, p_finished, p_started, p_finished,
          CASE WHEN p_done THEN 'DONE' ELSE 'FAILED' END, p_detail,
          CASE WHEN p_done THEN 0 ELSE 1 END)
  ON CONFLICT (name) DO UPDATE
     SET next_at = excluded.next_at, started_at = excluded.started_at,
         finished_at = excluded.finished_at, outcome = excluded.outcome, detail = excluded.detail,
         failures = CASE WHEN p_done THEN 0 ELSE j.failures + 1 END
  RETURNING true
$$
