-- What a member owes is paid of a lot that it was just given, as an award's is. The member is locked.
CREATE FUNCTION books.repay_debt(p_member bigint, p_lot int, p_occurred_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_lot lot;
  v_owed bigint;
  v_paid bigint;
  v_seq int;
  v_period int;
BEGIN
  SELECT b.owed, b.seq + 1 INTO v_owed, v_seq FROM balance b WHERE b.member_id = p_member;
  SELECT * INTO v_lot FROM lot l WHERE l.member_id = p_member AND l.seq = p_lot;
  v_paid := least(v_owed, v_lot.remaining);
  IF v_paid > 0 THEN
    UPDATE lot l SET remaining = l.remaining - v_paid
     WHERE l.member_id = p_member AND l.seq = p_lot;
    v_period := books.period_of(v_lot.issuer_id, p_occurred_at);
    PERFORM books.post_entry(p_member, v_seq, v_period, 3::smallint, 20::smallint, 22::smallint,
      v_paid, v_lot.issuer_id, v_lot.agreement_id, NULL, p_occurred_at);
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, v_seq, p_lot, v_period, 20, 22, v_paid, v_lot.issuer_id, v_lot.issuer_id,
            v_period);
  END IF;
END $$
