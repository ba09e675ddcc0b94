-- Take points of one lot's issuer back: out of that lot, then of what the member can spend, then
-- as a debt of at most p_debt_left, and what is left is borne by p_payer. Entries from p_seq on.
CREATE FUNCTION books.take_back(
  p_lot lot, p_seq int, p_points bigint, p_policy text, p_payer text, p_debt_left bigint,
  p_occurred_at timestamptz, p_now timestamptz, p_today date,
  OUT next_seq int, OUT taken bigint, OUT debt bigint, OUT borne bigint
)
LANGUAGE plpgsql AS $$
DECLARE
  v_period int := books.period_of(p_lot.issuer_id, p_occurred_at);
  v_own bigint := 0;
BEGIN
  next_seq := p_seq;
  debt := 0;
  IF (p_lot.expires_on IS NULL OR p_lot.expires_on >= p_today)
     AND (p_policy <> 'only_pending' OR p_lot.spendable_from > p_now) THEN
    v_own := least(p_points, p_lot.remaining);
  END IF;
  IF v_own > 0 THEN
    UPDATE lot l SET remaining = l.remaining - v_own
     WHERE l.member_id = p_lot.member_id AND l.seq = p_lot.seq;
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_lot.member_id, p_seq, p_lot.seq, v_period, 20, 10, v_own, p_lot.issuer_id,
            p_lot.issuer_id, v_period);
  END IF;
  taken := v_own;
  IF p_policy <> 'only_pending' AND v_own < p_points THEN
    taken := v_own + books.take_lots(p_lot.member_id, p_seq, v_period, 20::smallint, 10::smallint,
      p_points - v_own, p_lot.issuer_id, p_occurred_at, p_now, p_today);
  END IF;
  IF taken > 0 THEN
    PERFORM books.post_entry(p_lot.member_id, next_seq, v_period, 2::smallint, 20::smallint,
      10::smallint, taken, p_lot.issuer_id, p_lot.agreement_id, p_lot.seq, p_occurred_at);
    next_seq := next_seq + 1;
  END IF;
  IF p_policy = 'unlimited' THEN
    debt := least(p_points - taken, p_debt_left);
  END IF;
  IF debt > 0 THEN
    PERFORM books.post_entry(p_lot.member_id, next_seq, v_period, 2::smallint, 22::smallint,
      10::smallint, debt, p_lot.issuer_id, p_lot.agreement_id, p_lot.seq, p_occurred_at);
    next_seq := next_seq + 1;
  END IF;
  borne := p_points - taken - debt;
  IF borne > 0 THEN
    PERFORM books.post_entry(p_lot.member_id, next_seq, v_period, 2::smallint,
      CASE p_payer WHEN 'issuer' THEN 50 ELSE 51 END::smallint, 10::smallint, borne,
      p_lot.issuer_id, p_lot.agreement_id, p_lot.seq, p_occurred_at);
    next_seq := next_seq + 1;
  END IF;
END $$
