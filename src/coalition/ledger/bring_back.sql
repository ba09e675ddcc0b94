-- Points that a member passed on with entry p_passed come back into the very lot that they left.
-- p_from, p_from_seq: the entry with which they set out. p_last_day: of a lot whose time a refund
-- has lengthened on the way; null: as it was. The member is locked.
CREATE FUNCTION books.bring_back(
  p_member bigint, p_passed int, p_from bigint, p_from_seq int, p_household bigint,
  p_transfer bigint, p_last_day date, p_occurred_at timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_lot record;
  v_points bigint;
  v_seq int;
  v_period int;
BEGIN
  SELECT l.* INTO v_lot
    FROM lot_use u JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
   WHERE u.member_id = p_member AND u.seq = p_passed;
  SELECT e.points INTO v_points FROM entry e WHERE e.member_id = p_from AND e.seq = p_from_seq;
  IF p_last_day > v_lot.expires_on THEN
    -- What has ended in it stays ended: only what comes back lives on.
    PERFORM books.end_lots(p_member, (p_occurred_at AT TIME ZONE (
      SELECT g.time_zone FROM programme g))::date);
  END IF;
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  v_period := books.period_of(v_lot.issuer_id, p_occurred_at);
  PERFORM books.post_entry(p_member, v_seq, v_period, 12::smallint, 23::smallint, 20::smallint,
    v_points, v_lot.issuer_id, v_lot.agreement_id, p_passed, p_occurred_at);
  UPDATE lot l SET remaining = l.remaining + v_points,
      extended_from = CASE WHEN p_last_day > l.expires_on
                           THEN coalesce(l.extended_from, l.expires_on) ELSE l.extended_from END,
      expires_on = greatest(l.expires_on, p_last_day)
   WHERE l.member_id = p_member AND l.seq = v_lot.seq;
  INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                       partner_id, issuer_period_id)
  VALUES (p_member, v_seq, v_lot.seq, v_period, 23, 20, v_points, v_lot.issuer_id, v_lot.issuer_id,
          v_period);
  INSERT INTO passage (from_member_id, from_seq, to_member_id, to_seq, household_id, transfer_id)
  VALUES (p_from, p_from_seq, p_member, v_seq, p_household, p_transfer);
  PERFORM books.tell(62, NULL, p_member, v_seq, NULL, NULL);
END $$
