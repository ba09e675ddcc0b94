-- A file was read to its end: its rows can be awarded, or it is rejected as a whole and why, and
-- its pieces are not kept.
CREATE FUNCTION verbs.end_bulk_check(
  p_bulk bigint, p_holder uuid, p_rows int, p_code text, p_reason text, p_line int,
  p_now timestamptz
) RETURNS TABLE (ended boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE bulk_award SET
      state = CASE WHEN p_code IS NULL THEN 'AWARDING' ELSE 'REJECTED' END,
      rows = p_rows, reason_code = p_code, reason = p_reason, reason_line = p_line,
      finished_at = CASE WHEN p_code IS NOT NULL THEN p_now END
   WHERE id = p_bulk AND holder = p_holder AND state = 'CHECKING';
  ended := FOUND;
  IF ended AND p_code IS NOT NULL THEN
    DELETE FROM bulk_chunk WHERE bulk_id = p_bulk;
  END IF;
  RETURN NEXT;
END $$
