-- A file begins to arrive. It replaces what came before as long as none has come whole.
CREATE FUNCTION verbs.begin_reconciliation_upload(p_partner int, p_file bigint, p_upload uuid)
RETURNS TABLE (outcome text, period_label text, format text, compression text,
               announced_sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_file reconciliation_file;
BEGIN
  SELECT * INTO v_file FROM reconciliation_file f
   WHERE f.id = p_file AND f.partner_id = p_partner FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'RECONCILIATION_FILE_NOT_FOUND';
  ELSIF v_file.state <> 'AWAITING' THEN
    outcome := 'RECONCILIATION_FILE_TAKEN';
  ELSE
    UPDATE reconciliation_file f SET upload = p_upload WHERE f.id = p_file;
    DELETE FROM reconciliation_row r WHERE r.file_id = p_file;
    period_label := v_file.period_label;
    format := v_file.format;
    compression := v_file.compression;
    announced_sha256 := v_file.announced_sha256;
    outcome := 'BEGUN';
  END IF;
  RETURN NEXT;
END $$
