-- A job was run: how it went, and when it is due again. Nothing when another one has it by now.
CREATE FUNCTION verbs.finish_job(
  p_name text, p_holder uuid, p_now timestamptz, p_done boolean, p_detail text, p_next timestamptz
) RETURNS TABLE (finished boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE job SET holder = NULL, leased_until = NULL, finished_at = p_now, detail = p_detail,
                 outcome = CASE WHEN p_done THEN 'DONE' ELSE 'FAILED' END, next_at = p_next,
                 failures = CASE WHEN p_done THEN 0 ELSE failures + 1 END
   WHERE name = p_name AND holder = p_holder;
  finished := FOUND;
  RETURN NEXT;
END $$
