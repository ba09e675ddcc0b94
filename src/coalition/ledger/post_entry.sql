-- One entry: `p_points` go from the debit to the credit account (ledger/chart.py), and the
-- member's balance with them. The member is locked and p_seq was handed out under that lock.
-- The entry is chained to the member's one before it; what takes back names the period, and is
-- of the promotion, of what it corrects. p_cost: what a reward costs, where it has its own. From
-- p_earned_at on: the terms of the lot that it makes.
CREATE FUNCTION books.post_entry(
  p_member bigint, p_seq int, p_period int, p_kind smallint, p_debit smallint,
  p_credit smallint, p_points bigint, p_partner int, p_agreement int, p_reverses int,
  p_occurred_at timestamptz, p_cost bigint DEFAULT NULL,
  p_earned_at timestamptz DEFAULT NULL, p_spendable_from timestamptz DEFAULT NULL,
  p_last_day date DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
  v_original_period int;
  v_promotion int;
  v_hash bytea;
BEGIN
  IF p_kind IN (2, 7) THEN
    SELECT e.period_id, e.promotion_id INTO v_original_period, v_promotion
      FROM entry e WHERE e.member_id = p_member AND e.seq = p_reverses;
  END IF;
  UPDATE balance b
     SET points = b.points
           + CASE 20 WHEN p_credit THEN p_points WHEN p_debit THEN -p_points ELSE 0 END,
         held = b.held
           + CASE 21 WHEN p_credit THEN p_points WHEN p_debit THEN -p_points ELSE 0 END,
         owed = b.owed
           + CASE 22 WHEN p_debit THEN p_points WHEN p_credit THEN -p_points ELSE 0 END,
         seq = p_seq,
         head = books.chain_entry(NULL, b.head, books.entry_text(p_member, p_seq, p_period, p_kind,
           p_debit, p_credit, p_points, p_partner, p_agreement, v_promotion, p_reverses,
           v_original_period, p_occurred_at, v_now, p_earned_at, p_spendable_from, p_last_day,
           p_cost => p_cost))
   WHERE b.member_id = p_member
   RETURNING b.head INTO v_hash;
  INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                     agreement_id, reverses, occurred_at, recorded_at, promotion_id,
                     reverses_period_id, hash, cost)
  VALUES (p_member, p_seq, p_period, p_kind, p_debit, p_credit, p_points, p_partner, p_agreement,
          p_reverses, p_occurred_at, v_now, v_promotion, v_original_period, v_hash, p_cost);
END $$
