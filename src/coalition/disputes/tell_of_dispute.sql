-- One event about a dispute, in the transaction of what happened to it. What time has done has no
-- client and no request.
CREATE FUNCTION books.tell_of_dispute(
  p_kind int, p_partner int, p_dispute bigint, p_client text, p_request uuid
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO event (kind, partner_id, subject_id, client_id, request_id)
  VALUES (p_kind::smallint, p_partner, p_dispute, p_client, p_request)
$$
