-- The entries that a line of a statement sums, or the uses of the partner's own lots. `weight` is
-- what the line's amount is shared out by: points, or costs where rewards have their own. It is
-- plain SQL without options, so that it becomes a part of the query which asks.
CREATE FUNCTION books.line_rows(p_statement bigint, p_line int)
RETURNS TABLE (member_id bigint, seq int, lot_seq int, points bigint, occurred_at timestamptz,
               recorded_at timestamptz, kind smallint, reverses int, partner_id int,
               weight bigint)
LANGUAGE sql STABLE AS $$
  SELECT e.member_id, e.seq, 0, e.points, e.occurred_at, e.recorded_at, e.kind, e.reverses,
         l.partner_id, coalesce(e.cost, e.points)
    FROM coalition.statement_line l
    JOIN coalition.statement s ON s.id = l.statement_id
    JOIN coalition.entry e
      ON e.period_id = s.period_id AND e.partner_id = l.partner_id AND e.kind = l.entry_kind
     AND e.agreement_id = l.agreement_id AND (l.entry_debit IS NULL OR e.debit = l.entry_debit)
     AND nullif(e.reverses_period_id, e.period_id) IS NOT DISTINCT FROM l.original_period_id
     AND (e.cost IS NOT NULL) = (l.price IS NULL)
     AND (SELECT p.code FROM coalition.promotion p WHERE p.id = e.promotion_id)
         IS NOT DISTINCT FROM l.promotion
   WHERE l.statement_id = p_statement AND l.line = p_line AND l.entry_kind IS NOT NULL
  UNION ALL
  SELECT u.member_id, u.seq, u.lot_seq, u.points, e.occurred_at, e.recorded_at, NULL, NULL,
         l.partner_id, coalesce(c.cost, u.points)
    FROM coalition.statement_line l
    JOIN coalition.statement s ON s.id = l.statement_id
    JOIN coalition.lot_use u
      ON u.issuer_period_id = s.period_id AND u.issuer_id = l.partner_id
     AND u.partner_id = l.redeemer_id
     AND CASE l.kind WHEN 'OWN_POINTS_REDEEMED' THEN u.credit ELSE u.debit END = 30
    JOIN coalition.lot o
      ON o.member_id = u.member_id AND o.seq = u.lot_seq AND o.agreement_id = l.agreement_id
    JOIN coalition.entry e
      ON e.member_id = u.member_id AND e.seq = u.seq AND e.period_id = u.period_id
     AND nullif(e.reverses_period_id, e.period_id) IS NOT DISTINCT FROM l.original_period_id
     AND (e.cost IS NOT NULL) = (l.price IS NULL)
    JOIN coalition.agreement a
      ON a.id = e.agreement_id AND a.redeem_price = coalesce(l.price, a.redeem_price)
    JOIN coalition.period p
      -- Points out of packs were paid with these (period_sums.own_uses_of_period).
      ON p.id = s.period_id
     AND (p.packs_unbilled IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM coalition.allowance w WHERE w.partner_id = l.partner_id AND w.kind = 1)
          OR NOT coalition.is_out_of_pack(u.member_id, u.lot_seq))
    LEFT JOIN coalition.cost_share c
      ON e.cost IS NOT NULL AND c.member_id = u.member_id AND c.seq = u.seq
     AND c.lot_seq = u.lot_seq
   WHERE l.statement_id = p_statement AND l.line = p_line AND l.redeemer_id IS NOT NULL
$$
