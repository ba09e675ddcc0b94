-- The whole file has arrived: it can be checked, and no other one is taken any more.
CREATE FUNCTION verbs.finish_bulk_upload(
  p_bulk bigint, p_upload uuid, p_chunks int, p_bytes bigint, p_sha256 bytea, p_now timestamptz
) RETURNS TABLE (finished boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE bulk_award SET state = 'CHECKING', chunks = p_chunks, bytes = p_bytes, sha256 = p_sha256,
                        uploaded_at = p_now
   WHERE id = p_bulk AND upload = p_upload AND state = 'UPLOADING';
  -- Asked twice, since the first answer was lost: it is done all the same.
  finished := FOUND OR EXISTS (SELECT 1 FROM bulk_award WHERE id = p_bulk AND upload = p_upload
                                AND uploaded_at IS NOT NULL);
  RETURN NEXT;
END $$
