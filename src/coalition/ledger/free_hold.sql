-- Give what is left of a hold back to the lots it was taken from, as entry `p_seq`.
-- `p_points` is what is left; the lots that were taken first pay a capture first, so what goes
-- back goes to the lots taken last, and home from there. The member is locked, and whoever a household
-- took of (books.lock_circle).
CREATE FUNCTION books.free_hold(
  p_member bigint, p_hold int, p_seq int, p_points bigint, p_occurred_at timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_hold record;
  v_use record;
  v_left bigint := p_points;
  v_part bigint;
  v_period int;
BEGIN
  SELECT partner_id, agreement_id INTO v_hold FROM hold WHERE member_id = p_member AND seq = p_hold;
  v_period := books.period_of(v_hold.partner_id, p_occurred_at);
  PERFORM books.post_entry(p_member, p_seq, v_period, 5::smallint, 21::smallint, 20::smallint,
    p_points, v_hold.partner_id, v_hold.agreement_id, p_hold, p_occurred_at);
  FOR v_use IN
    SELECT u.lot_seq, u.points, u.issuer_id FROM lot_use u
      JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
     WHERE u.member_id = p_member AND u.seq = p_hold
     ORDER BY l.expires_on DESC, l.earned_at DESC, l.seq DESC
  LOOP
    EXIT WHEN v_left = 0;
    v_part := least(v_use.points, v_left);
    UPDATE lot SET remaining = remaining + v_part, held = held - v_part
     WHERE member_id = p_member AND seq = v_use.lot_seq;
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, p_seq, v_use.lot_seq, v_period, 21, 20, v_part, v_use.issuer_id,
            v_hold.partner_id, books.period_of(v_use.issuer_id, p_occurred_at));
    v_left := v_left - v_part;
  END LOOP;
  PERFORM books.send_home(p_member, p_occurred_at);
END $$
