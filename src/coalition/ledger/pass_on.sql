-- Points of a member leave a lot of its for another member, or go home to where they came from: they
-- are on the way until books.receive or books.bring_back. Returns the place of the entry. The member
-- is locked.
CREATE FUNCTION books.pass_on(p_member bigint, p_lot int, p_points bigint, p_occurred_at timestamptz)
RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  v_lot lot;
  v_seq int;
  v_period int;
BEGIN
  UPDATE lot l SET remaining = l.remaining - p_points
   WHERE l.member_id = p_member AND l.seq = p_lot RETURNING * INTO v_lot;
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  v_period := books.period_of(v_lot.issuer_id, p_occurred_at);
  PERFORM books.post_entry(p_member, v_seq, v_period, 10::smallint, 20::smallint, 23::smallint,
    p_points, v_lot.issuer_id, v_lot.agreement_id, NULL, p_occurred_at);
  INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                       partner_id, issuer_period_id)
  VALUES (p_member, v_seq, p_lot, v_period, 20, 23, p_points, v_lot.issuer_id, v_lot.issuer_id,
          v_period);
  PERFORM books.tell(60, NULL, p_member, v_seq, NULL, NULL);
  RETURN v_seq;
END $$
