-- A partner's rows of a period as its file would tell them: awards and returns, redemptions and
-- refunds, up to the moment at which the file was made. Plain SQL, so that the planner puts it
-- into the statement that asks.
CREATE FUNCTION books.reconciliation_ledger(p_partner int, p_period int, p_until timestamptz)
RETURNS TABLE (kind smallint, reference text, member_id bigint, seq int, agreement_id int,
               occurred_at timestamptz, points bigint, amount bigint, store text, terminal text)
LANGUAGE sql STABLE AS $$
  SELECT e.kind, a.reference, e.member_id, e.seq, a.agreement_id, a.purchased_at, a.points,
         a.amount, a.store_code, a.terminal_code
    FROM entry e JOIN award a ON a.member_id = e.member_id AND a.seq = e.seq
   WHERE e.period_id = p_period AND e.kind = 1 AND e.partner_id = p_partner
     AND e.promotion_id IS NULL AND a.partner_id = p_partner AND a.purchased_at <= p_until
  UNION ALL
  SELECT e.kind, a.reference, e.member_id, e.seq, a.agreement_id, r.occurred_at, r.points,
         r.returned, a.store_code, a.terminal_code
    FROM entry e
    JOIN award_reversal r ON r.member_id = e.member_id AND r.seq = e.seq
    JOIN award a ON a.member_id = r.member_id AND a.seq = r.award_seq
   WHERE e.period_id = p_period AND e.kind = 2 AND e.partner_id = p_partner
     AND e.promotion_id IS NULL AND r.occurred_at <= p_until
  UNION ALL
  SELECT j.kind, j.reference, j.member_id, j.seq, j.agreement_id, j.occurred_at, j.points, j.amount,
         j.store, j.terminal
    FROM books.joint_ledger(p_partner, p_period, p_until) j
  UNION ALL
  SELECT e.kind, r.reference, e.member_id, e.seq, r.agreement_id, r.redeemed_at, r.points,
         NULL, r.store_code, NULL
    FROM entry e JOIN redemption r ON r.member_id = e.member_id AND r.seq = e.seq
   WHERE e.period_id = p_period AND e.kind = 6 AND e.partner_id = p_partner
     AND r.redeemed_at <= p_until
  UNION ALL
  SELECT e.kind, d.reference, e.member_id, e.seq, d.agreement_id, r.occurred_at, r.points,
         NULL, d.store_code, NULL
    FROM entry e
    JOIN refund r ON r.member_id = e.member_id AND r.seq = e.seq
    JOIN redemption d ON d.member_id = r.member_id AND d.seq = r.redemption_seq
   WHERE e.period_id = p_period AND e.kind = 7 AND e.partner_id = p_partner
     AND r.occurred_at <= p_until
$$
