-- A page of the entries behind a statement's line, with the receipt of each: of the purchase that
-- gave the points, or of the basket that they paid, and the store. What another brand sold stays
-- its own.
CREATE FUNCTION verbs.line_entries(
  p_statement bigint, p_line int, p_member bigint, p_seq int, p_lot int, p_limit int
) RETURNS TABLE (member_id bigint, seq int, lot_seq int, points bigint, occurred_at timestamptz,
                 recorded_at timestamptz, reference text, store text, weight bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp
SET enable_seqscan = on SET enable_hashjoin = on AS $$
  WITH page AS (
    SELECT r.* FROM books.line_rows(p_statement, p_line) r
     WHERE (r.member_id, r.seq, r.lot_seq) > (p_member, p_seq, p_lot)
     ORDER BY r.member_id, r.seq, r.lot_seq LIMIT p_limit
  ), given AS (
    -- Where the points were given: by this entry, by the one that it takes back, or in its lot.
    SELECT p.*, CASE WHEN p.kind IS NULL THEN p.lot_seq
                     WHEN p.kind = 8 THEN (SELECT u.lot_seq FROM lot_use u
                                            WHERE u.member_id = p.member_id AND u.seq = p.seq)
                     ELSE coalesce(p.reverses, p.seq) END AS origin
      FROM page p
  )
  SELECT g.member_id, g.seq, g.lot_seq, g.points, g.occurred_at, g.recorded_at,
         coalesce(d.reference, a.reference), coalesce(d.store_code, a.store_code), g.weight
    FROM given g
    LEFT JOIN redemption d
      ON g.kind IN (6, 7) AND d.member_id = g.member_id AND d.seq = g.origin
    LEFT JOIN award a
      ON g.kind IS DISTINCT FROM 6 AND g.kind IS DISTINCT FROM 7 AND a.member_id = g.member_id
     AND a.partner_id = g.partner_id
     AND a.seq = coalesce((SELECT w.award_seq FROM award_share w
                            WHERE w.member_id = g.member_id AND w.entry_seq = g.origin LIMIT 1),
                          g.origin)
   ORDER BY g.member_id, g.seq, g.lot_seq
$$
