-- What has found no counterpart, page by page, and what is known of it besides. Of a row of the
-- file (p_book FILE): its row in the ledger is another file row's (DUPLICATE), or lies in another
-- period (TIMING). Of a row of the ledger: the same was posted twice (DUPLICATE), or a file of
-- another period has told it (TIMING).
CREATE FUNCTION verbs.known_elsewhere(
  p_partner int, p_file bigint, p_book text, p_after bigint, p_limit int
) RETURNS TABLE (id bigint, known text, known_member bigint, known_seq int)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_file reconciliation_file;
BEGIN
  SELECT * INTO v_file FROM reconciliation_file f WHERE f.id = p_file AND f.partner_id = p_partner;
  IF p_book = 'FILE' THEN
    RETURN QUERY
    SELECT r.id, k.known, k.member_id, k.seq
      FROM (SELECT * FROM reconciliation_rest o
             WHERE o.file_id = p_file AND o.partner_id = p_partner AND o.id > p_after
               AND o.line IS NOT NULL
             ORDER BY o.id LIMIT p_limit) r
      LEFT JOIN LATERAL (
        SELECT CASE WHEN here.there THEN 'DUPLICATE' ELSE 'TIMING' END AS known, c.member_id, c.seq
          FROM (
            SELECT a.member_id, a.seq, a.purchased_at AS occurred_at FROM award a
             WHERE r.kind = 1 AND a.partner_id = p_partner AND a.reference = r.reference
            UNION ALL
            SELECT b.member_id, b.seq, b.occurred_at
              FROM award a JOIN award_reversal b
                ON b.member_id = a.member_id AND b.award_seq = a.seq
             WHERE r.kind = 2 AND a.partner_id = p_partner AND a.reference = r.reference
               AND b.points = r.points AND b.returned = r.amount
            UNION ALL
            SELECT d.member_id, d.seq, d.redeemed_at FROM redemption d
             WHERE r.kind = 6 AND d.member_id = r.member_id AND d.partner_id = p_partner
               AND d.reference = r.reference AND d.points = r.points
            UNION ALL
            SELECT b.member_id, b.seq, b.occurred_at
              FROM redemption d JOIN refund b
                ON b.member_id = d.member_id AND b.redemption_seq = d.seq
             WHERE r.kind = 7 AND d.member_id = r.member_id AND d.partner_id = p_partner
               AND d.reference = r.reference AND b.points = r.points
          ) c,
          LATERAL (SELECT c.occurred_at <= v_file.file_created_at AND EXISTS (
                     SELECT 1 FROM entry e WHERE e.member_id = c.member_id AND e.seq = c.seq
                        AND e.period_id = v_file.period_id) AS there) here
         WHERE NOT EXISTS (
           SELECT 1 FROM reconciliation_rest o WHERE o.file_id = p_file
              AND o.member_id = c.member_id AND o.kind = r.kind AND o.seq = c.seq)
         ORDER BY here.there, c.member_id, c.seq LIMIT 1) k ON true
     ORDER BY r.id;
  ELSE
    RETURN QUERY
    SELECT r.id, k.known, k.member_id, k.seq
      FROM (SELECT * FROM reconciliation_rest o
             WHERE o.file_id = p_file AND o.partner_id = p_partner AND o.id > p_after
               AND o.seq IS NOT NULL
             ORDER BY o.id LIMIT p_limit) r
      LEFT JOIN LATERAL (
        SELECT c.known, c.member_id, c.seq FROM (
          SELECT 'DUPLICATE' AS known, b.member_id, b.seq
            FROM award a JOIN award b ON b.member_id = a.member_id AND b.seq <> a.seq
           WHERE r.kind = 1 AND a.member_id = r.member_id AND a.seq = r.seq
             AND b.partner_id = p_partner AND b.purchased_at = a.purchased_at
             AND b.amount = a.amount AND b.points = a.points
             AND (b.store_code, b.terminal_code)
                 IS NOT DISTINCT FROM (a.store_code, a.terminal_code)
          UNION ALL
          SELECT 'DUPLICATE', b.member_id, b.seq
            FROM award_reversal a JOIN award_reversal b
              ON b.member_id = a.member_id AND b.award_seq = a.award_seq AND b.seq <> a.seq
           WHERE r.kind = 2 AND a.member_id = r.member_id AND a.seq = r.seq
             AND b.points = a.points AND b.returned = a.returned
          UNION ALL
          SELECT 'DUPLICATE', b.member_id, b.seq
            FROM redemption b
           WHERE r.kind = 6 AND b.member_id = r.member_id AND b.seq <> r.seq
             AND b.partner_id = p_partner AND b.reference = r.reference AND b.points = r.points
          UNION ALL
          SELECT 'DUPLICATE', b.member_id, b.seq
            FROM refund a JOIN refund b ON b.member_id = a.member_id
                                       AND b.redemption_seq = a.redemption_seq AND b.seq <> a.seq
           WHERE r.kind = 7 AND a.member_id = r.member_id AND a.seq = r.seq
             AND b.points = a.points
          UNION ALL
          SELECT 'TIMING', r.member_id, r.seq
            FROM reconciliation_item i
           WHERE i.partner_id = p_partner AND i.reference = r.reference AND i.kind = r.kind
             AND i.period_id <> v_file.period_id AND i.state <> 'superseded'
             AND i.class IN ('TIMING', 'MISSING_IN_LEDGER') AND cardinality(i.lines) > 0
             AND (r.kind < 6 OR i.member_id = r.member_id)
        ) c
         WHERE c.known = 'TIMING' OR (
           EXISTS (SELECT 1 FROM entry e WHERE e.member_id = c.member_id AND e.seq = c.seq
                      AND e.period_id = v_file.period_id)
           AND NOT EXISTS (SELECT 1 FROM reconciliation_rest o WHERE o.file_id = p_file
                              AND o.member_id = c.member_id AND o.kind = r.kind
                              AND o.seq = c.seq))
         ORDER BY c.known DESC, c.seq LIMIT 1) k ON true
     ORDER BY r.id;
  END IF;
END $$
