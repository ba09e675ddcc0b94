-- Post the loaded lots of a file: for each an entry, a lot, and the file's own row of it. As with
-- any points that are new, a member's debt is paid first.
CREATE FUNCTION books.post_opening_lots(
  p_upload uuid, p_opening bigint, p_as_of timestamptz, p_client text, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- Everybody locks members in the order of their numbers.
  PERFORM 1 FROM balance b
   WHERE b.member_id IN (SELECT r.member_id FROM opening_row r WHERE r.upload = p_upload)
   ORDER BY b.member_id FOR NO KEY UPDATE;

  -- Looked up once per issuer, and not once per lot.
  WITH periods AS MATERIALIZED (
    SELECT i.issuer_id, books.period_of(i.issuer_id, p_as_of) AS period_id
      FROM (SELECT DISTINCT r.issuer_id FROM opening_row r WHERE r.upload = p_upload) i
  ), owing AS (
    SELECT r.*, p.period_id, b.seq AS last_seq, b.head,
           (CASE WHEN b.owed > 0
             THEN least(r.points, greatest(b.owed - (sum(r.points) OVER w - r.points), 0))
             ELSE 0 END)::bigint AS repaid
      FROM opening_row r
      JOIN periods p ON p.issuer_id = r.issuer_id
      JOIN balance b ON b.member_id = r.member_id
     WHERE r.upload = p_upload
    WINDOW w AS (PARTITION BY r.member_id ORDER BY r.line)
  ), placed AS MATERIALIZED (
    SELECT o.*, clock_timestamp() AS written_at,
           (o.last_seq + row_number() OVER w + count(*) FILTER (WHERE o.repaid > 0) OVER w
              - CASE WHEN o.repaid > 0 THEN 1 ELSE 0 END)::int AS seq
      FROM owing o
    WINDOW w AS (PARTITION BY o.member_id ORDER BY o.line)
  ), moves AS (
    SELECT p.member_id, p.seq, p.period_id, 9::smallint AS kind, 10::smallint AS debit,
           20::smallint AS credit, p.points, p.issuer_id, p.agreement_id, p.written_at, p.head,
           p.earned_at, p.expires_on
      FROM placed p
    UNION ALL
    SELECT p.member_id, p.seq + 1, p.period_id, 3::smallint, 20::smallint, 22::smallint, p.repaid,
           p.issuer_id, p.agreement_id, p.written_at, p.head, NULL, NULL
      FROM placed p WHERE p.repaid > 0
  ), hashed AS MATERIALIZED (
    SELECT m.*, books.chained(m.head, books.entry_text(m.member_id, m.seq, m.period_id, m.kind,
             m.debit, m.credit, m.points, m.issuer_id, m.agreement_id, NULL, NULL, NULL, p_as_of,
             m.written_at, m.earned_at, NULL, m.expires_on))
             OVER (PARTITION BY m.member_id ORDER BY m.seq) AS hash
      FROM moves m
  ), entries AS (
    INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                       agreement_id, occurred_at, recorded_at, hash)
    SELECT h.member_id, h.seq, h.period_id, h.kind, h.debit, h.credit, h.points, h.issuer_id,
           h.agreement_id, p_as_of, h.written_at, h.hash
      FROM hashed h
  ), lots AS (
    INSERT INTO lot (member_id, seq, issuer_id, agreement_id, points, remaining, earned_at,
                     expires_on)
    SELECT p.member_id, p.seq, p.issuer_id, p.agreement_id, p.points, p.points - p.repaid,
           p.earned_at, p.expires_on
      FROM placed p
  ), repayments AS (
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    SELECT p.member_id, p.seq + 1, p.seq, p.period_id, 20, 22, p.repaid, p.issuer_id, p.issuer_id,
           p.period_id
      FROM placed p WHERE p.repaid > 0
  ), carried AS (
    INSERT INTO opening_lot (member_id, seq, opening_id, line, issuer_id, lot, points)
    SELECT p.member_id, p.seq, p_opening, p.line, p.issuer_id, p.lot, p.points FROM placed p
  ), events AS (
    INSERT INTO event (kind, partner_id, member_id, seq, client_id, request_id)
    SELECT 12, p.issuer_id, p.member_id, p.seq, p_client, p_request FROM placed p ORDER BY p.line
  )
  UPDATE balance b SET points = b.points + s.points, owed = b.owed - s.repaid, seq = s.seq,
                       head = s.head
    FROM (SELECT h.member_id, sum(CASE h.kind WHEN 9 THEN h.points ELSE -h.points END) AS points,
                 coalesce(sum(h.points) FILTER (WHERE h.kind = 3), 0) AS repaid,
                 max(h.seq) AS seq, (array_agg(h.hash ORDER BY h.seq DESC))[1] AS head
            FROM hashed h GROUP BY h.member_id) s
   WHERE b.member_id = s.member_id;
END $$
