-- One event about what stands at a place of a member's ledger (outbox/events.py lists the
-- kinds), in the transaction that wrote it. What time has done has no client and no request.
CREATE FUNCTION books.tell(
  p_kind int, p_partner int, p_member bigint, p_seq int, p_client text, p_request uuid
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO event (kind, partner_id, member_id, seq, client_id, request_id)
  VALUES (p_kind::smallint, p_partner, p_member, p_seq, p_client, p_request)
$$
