-- Give points of a redemption back to the very lots they came from, as entry p_seq: what was taken
-- last goes back first. A lot that ended meanwhile is open again for p_grace_days; its own last day
-- stays on record. What came of others of a household goes home. The member is locked, and they are
-- (books.lock_circle).
CREATE FUNCTION books.give_back(
  p_member bigint, p_redemption int, p_seq int, p_period int, p_points bigint, p_partner int,
  p_grace_days int, p_occurred_at timestamptz, p_today date
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_use record;
  v_left bigint := p_points;
  v_part bigint;
BEGIN
  FOR v_use IN
    SELECT u.lot_seq, u.issuer_id, u.points - coalesce(
             (SELECT sum(back.points) FROM lot_use back
                JOIN refund r ON r.member_id = back.member_id AND r.seq = back.seq
               WHERE back.member_id = p_member AND r.redemption_seq = p_redemption
                 AND back.lot_seq = u.lot_seq), 0) AS open
      FROM lot_use u
      JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
     WHERE u.member_id = p_member AND u.seq = p_redemption
     ORDER BY coalesce(l.extended_from, l.expires_on) DESC, l.earned_at DESC, l.seq DESC
  LOOP
    CONTINUE WHEN v_use.open <= 0;
    EXIT WHEN v_left = 0;
    v_part := least(v_use.open, v_left);
    UPDATE lot l SET remaining = l.remaining + v_part,
        extended_from = CASE WHEN l.expires_on < p_today AND p_grace_days > 0
                             THEN coalesce(l.extended_from, l.expires_on) ELSE l.extended_from END,
        expires_on = CASE WHEN l.expires_on < p_today AND p_grace_days > 0
                          THEN p_today + p_grace_days ELSE l.expires_on END
     WHERE l.member_id = p_member AND l.seq = v_use.lot_seq;
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, p_seq, v_use.lot_seq, p_period, 30, 20, v_part, v_use.issuer_id, p_partner,
            books.period_of(v_use.issuer_id, p_occurred_at));
    v_left := v_left - v_part;
  END LOOP;
  IF v_left > 0 THEN
    RAISE EXCEPTION 'A redemption has fewer points in its lots than it may give back.';
  END IF;
  PERFORM books.send_home(p_member, p_occurred_at);
END $$
