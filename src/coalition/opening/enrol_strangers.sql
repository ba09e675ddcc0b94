-- Enrol the members of a file of opening balances whom nobody knows, each by the issuer of its first
-- lot and under what that names it by; and note every issuer as one that knows its members.
-- Returns how many were enrolled.
CREATE FUNCTION books.enrol_strangers(p_upload uuid, p_client text, p_request uuid)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_enrolled bigint;
BEGIN
  WITH strangers AS (
    SELECT r.member_kind AS kind, r.member_value AS value,
           CASE WHEN r.member_kind = 'CARD' THEN 0 ELSE r.issuer_id END AS noted_by,
           (array_agg(r.issuer_id ORDER BY r.line))[1] AS enrolled_by, min(r.line) AS line
      FROM opening_row r WHERE r.upload = p_upload AND r.member_id IS NULL
     GROUP BY 1, 2, 3
  ), numbered AS MATERIALIZED (
    SELECT s.*, nextval(pg_get_serial_sequence('coalition.member', 'member_id')) AS member_id
      FROM (SELECT * FROM strangers ORDER BY line) s
  ), members AS (
    INSERT INTO member (member_id, enrolled_by) OVERRIDING SYSTEM VALUE
    SELECT n.member_id, n.enrolled_by FROM numbered n
  ), balances AS (
    INSERT INTO balance (member_id) SELECT n.member_id FROM numbered n
  ), identifiers AS (
    INSERT INTO identifier (kind, partner_id, value, member_id)
    SELECT n.kind, n.noted_by, n.value, n.member_id FROM numbered n ORDER BY n.kind, n.value
  ), enrolments AS (
    INSERT INTO enrolment (claim, request_hash, partner_id, member_id)
    SELECT gen_random_uuid(), p_upload, n.enrolled_by, n.member_id FROM numbered n
  ), events AS (
    INSERT INTO event (kind, partner_id, member_id, seq, client_id, request_id)
    SELECT 9, n.enrolled_by, n.member_id, 0, p_client, p_request FROM numbered n
     ORDER BY n.member_id
  ), named AS (
    UPDATE opening_row r SET member_id = n.member_id
      FROM numbered n
     WHERE r.upload = p_upload AND r.member_id IS NULL AND r.member_kind = n.kind
       AND r.member_value = n.value
       AND n.noted_by = CASE WHEN r.member_kind = 'CARD' THEN 0 ELSE r.issuer_id END
  )
  SELECT count(*) INTO v_enrolled FROM numbered;

  INSERT INTO member_partner (partner_id, member_id)
  SELECT DISTINCT r.issuer_id, r.member_id FROM opening_row r WHERE r.upload = p_upload
  ON CONFLICT DO NOTHING;
  RETURN v_enrolled;
END $$
