-- Remove what has had its time: bulk awards that no file came for are cancelled, the pieces of one
-- ended file and at most p_limit results are deleted. Rows of bulk_award stay. Asked again until
-- nothing is removed.
CREATE FUNCTION verbs.clean_bulk(
  p_now timestamptz, p_created_before timestamptz, p_files_before timestamptz,
  p_results_before timestamptz, p_limit int
) RETURNS TABLE (abandoned int, chunks int, results int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_bulk bigint;
BEGIN
  UPDATE bulk_award b SET state = 'CANCELLED', finished_at = p_now,
                          reason_code = 'UPLOAD_ABANDONED',
                          reason = 'No whole file came in time. Open another bulk award.'
   WHERE b.state = 'UPLOADING' AND b.created_at < p_created_before;
  GET DIAGNOSTICS abandoned = ROW_COUNT;

  -- What was cancelled for its file not coming has nothing worth keeping.
  SELECT c.bulk_id INTO v_bulk FROM bulk_chunk c JOIN bulk_award b ON b.id = c.bulk_id
   WHERE b.finished_at < p_files_before OR b.reason_code = 'UPLOAD_ABANDONED' LIMIT 1;
  DELETE FROM bulk_chunk c WHERE c.bulk_id = v_bulk;
  GET DIAGNOSTICS chunks = ROW_COUNT;

  SELECT b.id INTO v_bulk FROM bulk_award b
   WHERE b.finished_at < p_results_before AND b.results_gone_at IS NULL ORDER BY b.id LIMIT 1;
  DELETE FROM bulk_result r WHERE r.bulk_id = v_bulk AND r.place IN (
    SELECT o.place FROM bulk_result o WHERE o.bulk_id = v_bulk ORDER BY o.place LIMIT p_limit);
  GET DIAGNOSTICS results = ROW_COUNT;
  IF v_bulk IS NOT NULL AND results < p_limit THEN
    UPDATE bulk_award b SET results_gone_at = p_now WHERE b.id = v_bulk;
    -- There may be another one that had none.
    results := greatest(results, 1);
  END IF;
  RETURN NEXT;
END $$
