-- What was loaded of a file goes, and what was loaded a day ago by somebody who was killed.
CREATE FUNCTION verbs.drop_opening_rows(p_upload uuid, p_now timestamptz)
RETURNS TABLE (dropped int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp
SET enable_seqscan = on AS $$
BEGIN
  DELETE FROM opening_row r WHERE r.upload = p_upload OR r.loaded_at < p_now - interval '1 day';
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN NEXT;
END $$
