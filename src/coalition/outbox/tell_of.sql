-- One event about what a number alone names, a dispute or a payment, in the transaction of what
-- happened to it. What time has done has no client and no request.
CREATE FUNCTION books.tell_of(
  p_kind int, p_partner int, p_subject bigint, p_client text, p_request uuid
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO event (kind, partner_id, subject_id, client_id, request_id)
  VALUES (p_kind::smallint, p_partner, p_subject, p_client, p_request)
$$
