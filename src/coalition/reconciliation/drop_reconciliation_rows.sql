-- A file was refused: nothing of what came stays. The place for it does, with the sending that
-- was there before, unless p_forget.
CREATE FUNCTION verbs.drop_reconciliation_rows(
  p_partner int, p_file bigint, p_upload uuid, p_forget boolean
) RETURNS TABLE (dropped boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE reconciliation_file f SET upload = NULL
   WHERE f.id = p_file AND f.partner_id = p_partner AND f.upload = p_upload
     AND f.state = 'AWAITING';
  dropped := FOUND;
  IF dropped THEN
    DELETE FROM reconciliation_row r WHERE r.file_id = p_file;
    IF p_forget THEN
      DELETE FROM reconciliation_file f WHERE f.id = p_file;
    END IF;
  END IF;
  RETURN NEXT;
END $$
