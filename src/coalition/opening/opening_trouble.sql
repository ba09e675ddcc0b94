-- Why a file of opening balances cannot be posted, and in which lines: the first law that is
-- broken, with the first of its lines. One row, or none.
CREATE FUNCTION books.opening_trouble(p_upload uuid, p_enrol boolean)
RETURNS TABLE (code text, rows bigint, lines int[])
LANGUAGE sql STABLE AS $$
  WITH bad AS (
    SELECT 1 AS place, 'OPENING_MEMBERS_NOT_EARNING' AS code, r.line
      FROM opening_row r
      LEFT JOIN identifier i ON i.kind = r.member_kind AND i.value = r.member_value
       AND i.partner_id = CASE WHEN r.member_kind = 'CARD' THEN 0 ELSE r.issuer_id END
      JOIN member m ON m.member_id = r.member_id
     WHERE r.upload = p_upload AND (i.state = 'blocked' OR m.status = 'closed')
    UNION ALL
    SELECT 2, 'OPENING_MEMBERS_UNKNOWN', r.line
      FROM opening_row r WHERE r.upload = p_upload AND r.member_id IS NULL AND NOT p_enrol
    UNION ALL
    SELECT 3, 'OPENING_LOTS_CARRIED_BEFORE', r.line
      FROM (SELECT o.line, o.issuer_id, o.lot,
                   row_number() OVER (PARTITION BY o.issuer_id, o.lot ORDER BY o.line) AS time
              FROM opening_row o WHERE o.upload = p_upload) r
     WHERE r.time > 1 OR EXISTS (SELECT 1 FROM opening_lot l
                                  WHERE l.issuer_id = r.issuer_id AND l.lot = r.lot)
  )
  SELECT b.code, count(*), (array_agg(b.line ORDER BY b.line))[1:5]
    FROM bad b GROUP BY b.place, b.code ORDER BY b.place LIMIT 1
$$
