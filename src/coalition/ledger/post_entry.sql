-- One entry: `p_points` go from the debit to the credit account (ledger/chart.py). The member
-- is locked and p_seq was handed out under that lock.
CREATE FUNCTION books.post_entry(
  p_member bigint, p_seq int, p_period int, p_kind smallint, p_debit smallint,
  p_credit smallint, p_points bigint, p_partner int, p_agreement int, p_reverses int,
  p_occurred_at timestamptz
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                     agreement_id, reverses, occurred_at)
  VALUES (p_member, p_seq, p_period, p_kind, p_debit, p_credit, p_points, p_partner,
          p_agreement, p_reverses, p_occurred_at)
$$
