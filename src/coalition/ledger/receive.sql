-- Points that left another member's lot arrive as a lot of this one, with the issuer, the agreement
-- and the times of that one: who pays for them, and when they end, stays as it was. p_from, p_from_seq:
-- the entry with which they left. Returns the place of the lot. Both members are locked, or the entry
-- with which they left is one of a transfer that is.
CREATE FUNCTION books.receive(
  p_member bigint, p_from bigint, p_from_seq int, p_household bigint, p_transfer bigint,
  p_occurred_at timestamptz
) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  v_lot record;
  v_seq int;
  v_period int;
BEGIN
  SELECT l.*, u.points AS passed INTO v_lot
    FROM lot_use u JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
   WHERE u.member_id = p_from AND u.seq = p_from_seq;
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  v_period := books.period_of(v_lot.issuer_id, p_occurred_at);
  PERFORM books.post_entry(p_member, v_seq, v_period, 11::smallint, 23::smallint, 20::smallint,
    v_lot.passed, v_lot.issuer_id, v_lot.agreement_id, NULL, p_occurred_at, NULL,
    v_lot.earned_at, v_lot.spendable_from, v_lot.expires_on);
  INSERT INTO lot (member_id, seq, issuer_id, agreement_id, points, remaining, earned_at,
                   spendable_from, expires_on)
  VALUES (p_member, v_seq, v_lot.issuer_id, v_lot.agreement_id, v_lot.passed, v_lot.passed,
          v_lot.earned_at, v_lot.spendable_from, v_lot.expires_on);
  INSERT INTO passage (from_member_id, from_seq, to_member_id, to_seq, household_id, transfer_id)
  VALUES (p_from, p_from_seq, p_member, v_seq, p_household, p_transfer);
  PERFORM books.tell(61, NULL, p_member, v_seq, NULL, NULL);
  RETURN v_seq;
END $$
