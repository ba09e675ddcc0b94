-- Take `p_points` out of a member's spendable lots: the soonest to expire first, then the earliest
-- earned, then the first posted. Writes what was taken from which lot as the split of entry `p_seq`, and stops at the
-- lot that pays the rest. Each use gets the period of the redeemer and that of the lot's issuer,
-- each by its own calendar. Returns how many points were found. The member is locked.
CREATE FUNCTION books.take_lots(
  p_member bigint, p_seq int, p_period int, p_debit smallint, p_credit smallint,
  p_points bigint, p_partner int, p_occurred_at timestamptz, p_now timestamptz, p_today date
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_lot record;
  v_taken bigint := 0;
  v_part bigint;
BEGIN
  FOR v_lot IN
    SELECT l.seq, l.remaining, l.issuer_id FROM lot l
     WHERE l.member_id = p_member AND l.remaining > 0
       AND (l.expires_on IS NULL OR l.expires_on >= p_today)
       AND (l.spendable_from IS NULL OR l.spendable_from <= p_now)
     ORDER BY l.expires_on, l.earned_at, l.seq
  LOOP
    EXIT WHEN v_taken = p_points;
    v_part := least(v_lot.remaining, p_points - v_taken);
    UPDATE lot SET remaining = remaining - v_part,
                   held = held + CASE WHEN p_credit = 21 THEN v_part ELSE 0 END
     WHERE member_id = p_member AND seq = v_lot.seq;
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, p_seq, v_lot.seq, p_period, p_debit, p_credit, v_part, v_lot.issuer_id,
            p_partner, books.period_of(v_lot.issuer_id, p_occurred_at));
    v_taken := v_taken + v_part;
  END LOOP;
  RETURN v_taken;
END $$
