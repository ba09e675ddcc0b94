-- A picture of a receipt, at its place (1 to 3), from the member that misses the points; the same
-- again changes nothing. When the brand had asked for something, it is the brand's turn again.
CREATE FUNCTION verbs.take_receipt(
  p_member bigint, p_missing bigint, p_number int, p_media_type text, p_sha256 bytea,
  p_content bytea, p_due_at timestamptz, p_now timestamptz, p_client text, p_grant uuid,
  p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_missing missing_purchase;
  v_there missing_receipt;
BEGIN
  SELECT * INTO v_missing FROM missing_purchase m
   WHERE m.id = p_missing AND m.member_id = p_member FOR UPDATE;
  SELECT * INTO v_there FROM missing_receipt r
   WHERE r.missing_id = v_missing.id AND r.number = p_number;
  outcome := CASE
    WHEN v_missing.id IS NULL THEN 'MISSING_PURCHASE_NOT_FOUND'
    WHEN v_there.sha256 = p_sha256 THEN 'THERE_ALREADY'
    WHEN v_there.sha256 IS NOT NULL THEN 'RECEIPT_PLACE_TAKEN'
    WHEN v_missing.state NOT IN ('OPEN', 'ASKED') THEN 'MISSING_PURCHASE_DECIDED' END;
  IF outcome IS NULL THEN
    INSERT INTO missing_receipt (missing_id, number, member_id, partner_id, media_type, sha256,
                                 size, content, received_at, client_id, request_id)
    VALUES (p_missing, p_number, p_member, v_missing.partner_id, p_media_type, p_sha256,
            octet_length(p_content), p_content, p_now, p_client, p_request);
    UPDATE missing_purchase m
       SET state = 'OPEN', due_at = CASE m.state WHEN 'OPEN' THEN m.due_at ELSE p_due_at END,
           changed_at = p_now
     WHERE m.id = p_missing;
    INSERT INTO missing_step (missing_id, member_id, partner_id, side, kind, state, occurred_at,
                              person, client_id, request_id)
    VALUES (p_missing, p_member, v_missing.partner_id, 'MEMBER', 'RECEIPT', 'OPEN', p_now,
            books.person(p_client, p_grant), p_client, p_request);
    PERFORM books.tell_of_missing(66, p_missing, p_client, p_request);
    outcome := 'TAKEN';
  END IF;
  RETURN NEXT;
END $$
