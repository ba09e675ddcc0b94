-- A file begins to arrive. It replaces what came before as long as none has come whole, and its
-- sender is the one for whom the rows are awarded: its store, its terminal and its person are theirs.
CREATE FUNCTION verbs.begin_bulk_upload(
  p_partner int, p_bulk bigint, p_upload uuid, p_client text, p_built_in boolean, p_store text,
  p_terminal text, p_login bigint
) RETURNS TABLE (outcome text, announced_sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_state text;
BEGIN
  SELECT b.state, b.announced_sha256 INTO v_state, announced_sha256
    FROM bulk_award b WHERE b.id = p_bulk AND b.partner_id = p_partner FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'BULK_AWARD_NOT_FOUND';
  ELSIF NOT books.may_post(p_partner) THEN
    outcome := 'PARTNER_SUSPENDED';
  ELSIF v_state <> 'UPLOADING' THEN
    outcome := 'BULK_AWARD_HAS_ITS_FILE';
  ELSE
    UPDATE bulk_award b SET upload = p_upload, client_id = p_client, built_in = p_built_in,
                            store_code = p_store, terminal_code = p_terminal, login_id = p_login
     WHERE b.id = p_bulk;
    DELETE FROM bulk_chunk c WHERE c.bulk_id = p_bulk AND c.upload <> p_upload;
    outcome := 'BEGUN';
  END IF;
  RETURN NEXT;
END $$
