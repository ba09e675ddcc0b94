-- The first step of a comparison, for all rows at once: what says the same in both books is
-- counted and let go; what does not is kept in reconciliation_rest for the steps that look closer.
-- Pairs are by kind, reference, points and amount (and member, where references come twice), the
-- n-th row of one book with the n-th of the other. The totals of the books are summed apart, so
-- that the identity at the end is a proof and no tautology. Done once; done again, it says so.
CREATE FUNCTION verbs.match_reconciliation(p_file bigint, p_partner int)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp
-- Unlike other verbs this one reads everything there is of a period (kit/database.py).
SET plan_cache_mode = 'force_custom_plan' SET enable_seqscan = on SET enable_hashjoin = on
SET enable_mergejoin = on SET enable_material = on SET enable_bitmapscan = on
SET work_mem = '32MB' AS $$
DECLARE
  v_file reconciliation_file;
  v_starts timestamptz;
  v_ends timestamptz;
  v_zone text;
  v_has_stores boolean;
BEGIN
  SELECT * INTO v_file FROM reconciliation_file f
   WHERE f.id = p_file AND f.partner_id = p_partner FOR NO KEY UPDATE;
  outcome := v_file.state;
  IF v_file.id IS NULL OR v_file.state <> 'TAKEN' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT p.starts_at, p.ends_at, b.time_zone INTO v_starts, v_ends, v_zone
    FROM period p, partner b WHERE p.id = v_file.period_id AND b.id = p_partner;
  v_has_stores := EXISTS (SELECT 1 FROM store s WHERE s.partner_id = p_partner);

  WITH told AS (
    SELECT r.*, coalesce(i.member_id, m.member_id) AS member_id,
           r.member_kind IS NOT NULL AND i.member_id IS NULL AND m.member_id IS NULL
             AS member_unknown,
           v_has_stores AND r.store IS NOT NULL AND s.code IS NULL AS store_unknown,
           r.occurred_at >= v_starts AND r.occurred_at < v_ends AS in_period
      FROM reconciliation_row r
      LEFT JOIN identifier i ON i.kind = r.member_kind AND i.value = r.member_value
                AND i.partner_id = CASE WHEN r.member_kind = 'CARD' THEN 0 ELSE p_partner END
      LEFT JOIN member m
        ON m.member_id = CASE WHEN r.member_kind = 'ID' THEN r.member_value::bigint END
      LEFT JOIN store s ON s.partner_id = p_partner AND s.code = r.store
     WHERE r.file_id = p_file
  ), f AS (
    SELECT t.*, w.who, w.paid, row_number() OVER (
             PARTITION BY t.kind, t.reference, w.who, t.points, w.paid
             ORDER BY t.occurred_at, t.line) AS n
      FROM told t, LATERAL (SELECT
             CASE WHEN t.kind >= 6 THEN coalesce(t.member_id, 0) ELSE 0 END AS who,
             CASE WHEN t.kind >= 6 THEN 0 ELSE t.amount END AS paid) w
  ), l AS (
    SELECT b.*, w.who, w.paid, b.occurred_at >= v_starts AND b.occurred_at < v_ends AS in_period,
           row_number() OVER (
             PARTITION BY b.kind, b.reference, w.who, b.points, w.paid
             ORDER BY b.occurred_at, b.member_id, b.seq) AS n
      FROM books.reconciliation_ledger(p_partner, v_file.period_id, v_file.file_created_at) b,
           LATERAL (SELECT CASE WHEN b.kind >= 6 THEN b.member_id ELSE 0 END AS who,
                           coalesce(b.amount, 0) AS paid) w
  ), rest AS (
  INSERT INTO reconciliation_rest (file_id, partner_id, side, line, kind, reference, receipt_key,
      store, occurred_at, in_period, member_id, who, seq, agreement_id, points, amount, currency,
      status, member_unknown, store_unknown)
  SELECT p_file, p_partner, CASE WHEN one.kind < 6 THEN 'ISSUED' ELSE 'REDEEMED' END, one.line,
         one.kind, one.reference,
         CASE WHEN one.store IS NOT NULL AND one.receipt <> '' THEN concat_ws('|', one.kind,
           one.store, CASE WHEN one.kind < 6 THEN coalesce(one.terminal, '') END,
           ltrim(lower(one.receipt), '0'), (one.occurred_at AT TIME ZONE v_zone)::date) END,
         one.store, one.occurred_at, one.in_period, one.member_id, one.who, one.seq,
         one.agreement_id, one.points, one.amount, one.currency, one.status, one.member_unknown,
         one.store_unknown
    FROM f FULL JOIN l
      ON l.kind = f.kind AND l.reference = f.reference AND l.who = f.who
     AND l.points = f.points AND l.paid = f.paid AND l.n = f.n,
         LATERAL (VALUES
           (f.line, NULL::int, f.kind, f.reference, f.receipt, f.store, f.terminal, f.occurred_at,
            f.in_period, f.member_id, f.who, NULL::int, f.points, f.amount, f.currency, f.status,
            f.member_unknown, f.store_unknown),
           (NULL, l.seq, l.kind, l.reference,
            -- The till's number of a receipt is the last part of the purchase's reference.
            substring(l.reference FROM '[0-9A-Za-z]+$'), l.store, l.terminal, l.occurred_at,
            l.in_period, l.member_id, l.who, l.agreement_id, l.points, l.amount, v_file.currency,
            'POSTED', false, false)
         ) AS one (line, seq, kind, reference, receipt, store, terminal, occurred_at, in_period,
                   member_id, who, agreement_id, points, amount, currency, status, member_unknown,
                   store_unknown)
   WHERE (one.line IS NOT NULL OR one.seq IS NOT NULL)
     AND NOT coalesce(
       f.status = 'POSTED' AND f.currency = v_file.currency AND NOT f.member_unknown
         AND NOT f.store_unknown AND f.in_period = l.in_period
         AND (f.member_id IS NULL OR f.member_id = l.member_id)
         AND (f.store IS NULL OR l.store IS NULL OR f.store = l.store), false)
   -- Of the rest only: items are found in the order in which things happened, whatever the plan.
   ORDER BY one.occurred_at, one.line, one.member_id, one.seq
  RETURNING side, line, kind, points, status
  )
  -- In the same statement: what is posted meanwhile is in both figures or in none.
  INSERT INTO reconciliation_side (file_id, side, partner_id, ledger_rows, ledger_points,
      file_rows, file_points, matched_rows, matched_points)
  SELECT p_file, side, p_partner, b.rows, b.points, f.rows, f.points, f.rows - r.rows,
         f.points - r.points
    FROM (VALUES ('ISSUED', 1, 2), ('REDEEMED', 6, 7)) AS s (side, gives, takes_back),
         LATERAL (
           SELECT count(*)::int AS rows,
                  coalesce(sum(CASE WHEN r.status = 'RETURNED' THEN 0
                                    WHEN r.kind = s.gives THEN r.points ELSE -r.points END), 0)
                    ::bigint AS points
             FROM reconciliation_row r
            WHERE r.file_id = p_file AND r.kind IN (s.gives, s.takes_back)) f,
         LATERAL (
           SELECT count(*)::int AS rows,
                  coalesce(sum(CASE WHEN r.status = 'RETURNED' THEN 0
                                    WHEN r.kind = s.gives THEN r.points ELSE -r.points END), 0)
                    ::bigint AS points
             FROM rest r WHERE r.side = s.side AND r.line IS NOT NULL) r,
         LATERAL (
           SELECT sum(t.rows)::int AS rows, sum(t.points)::bigint AS points FROM (
             SELECT count(*) FILTER (WHERE e.kind <> 2 OR b.seq IS NOT NULL) AS rows,
                    coalesce(sum(CASE WHEN e.kind = s.gives THEN e.points ELSE -e.points END), 0)
                      AS points
               FROM entry e
               -- A return may have several entries: one row of a file stands for all of them.
               LEFT JOIN award_reversal b
                 ON e.kind = 2 AND b.member_id = e.member_id AND b.seq = e.seq
              WHERE e.period_id = v_file.period_id AND e.partner_id = p_partner
                AND e.kind IN (s.gives, s.takes_back) AND e.promotion_id IS NULL
                AND e.occurred_at <= v_file.file_created_at
             UNION ALL
             -- What several partners gave is told by the brand that gave it, whole.
             SELECT count(*),
                    coalesce(sum(CASE WHEN j.kind = s.gives THEN j.given ELSE -j.given END), 0)
               FROM books.joint_ledger(p_partner, v_file.period_id, v_file.file_created_at) j
              WHERE j.kind IN (s.gives, s.takes_back)) t) b;
  UPDATE reconciliation_file f SET state = 'COMPARING' WHERE f.id = p_file;
  outcome := 'COMPARING';
  RETURN NEXT;
END $$
