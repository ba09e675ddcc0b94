-- Open a bulk award: a place for a file that its partner will send. One per idempotency key; at
-- most p_most of a partner at work, so that one brand's files do not fill the disk of all.
CREATE FUNCTION verbs.create_bulk_award(
  p_partner int, p_claim uuid, p_hash uuid, p_client text, p_built_in boolean, p_store text,
  p_terminal text, p_login bigint, p_format text, p_compression text, p_file_name text, p_sha256 bytea,
  p_rows int, p_most int, p_now timestamptz
) RETURNS TABLE (outcome text, id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_hash uuid;
BEGIN
  -- The partner's openings take turns, or two at once would both find room for one more.
  PERFORM 1 FROM partner p WHERE p.id = p_partner FOR NO KEY UPDATE;
  SELECT b.id, b.request_hash INTO id, v_hash FROM bulk_award b WHERE b.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END;
  ELSIF NOT books.may_post(p_partner) THEN
    outcome := 'PARTNER_SUSPENDED';
  ELSIF (SELECT count(*) >= p_most FROM bulk_award b WHERE b.partner_id = p_partner
          AND b.state IN ('UPLOADING', 'CHECKING', 'AWARDING')) THEN
    outcome := 'TOO_MANY_BULK_AWARDS';
  ELSE
    INSERT INTO bulk_award AS b (partner_id, claim, request_hash, client_id, built_in, store_code,
                                 terminal_code, login_id, format, compression, file_name, announced_sha256,
                                 announced_rows, created_at)
    VALUES (p_partner, p_claim, p_hash, p_client, p_built_in, p_store, p_terminal, p_login, p_format,
            p_compression, p_file_name, p_sha256, p_rows, p_now)
    RETURNING b.id INTO id;
    outcome := 'CREATED';
  END IF;
  RETURN NEXT;
END $$
