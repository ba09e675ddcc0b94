-- Places to which no whole file came in their time are removed, with the rows that did come.
CREATE FUNCTION verbs.clean_reconciliation(p_created_before timestamptz)
RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM reconciliation_row r USING reconciliation_file f
   WHERE r.file_id = f.id AND f.state = 'AWAITING' AND f.created_at < p_created_before;
  DELETE FROM reconciliation_file f
   WHERE f.state = 'AWAITING' AND f.created_at < p_created_before;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN NEXT;
END $$
