-- One event about a missing purchase, for its brand and its member, in the transaction of what
-- happened to it.
CREATE FUNCTION books.tell_of_missing(
  p_kind int, p_missing bigint, p_client text, p_request uuid
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO event (kind, partner_id, member_id, subject_id, client_id, request_id)
  SELECT p_kind::smallint, m.partner_id, m.member_id, m.id, p_client, p_request
    FROM missing_purchase m WHERE m.id = p_missing
$$
