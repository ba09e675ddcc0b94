-- Post the end of every lot of a member that is past its last day. What is held of a lot stays
-- until its hold ends. It happened when the lot's last day was over in the programme's zone, or when
-- the points came back into it after that: never when somebody got round to posting it.
-- The member is locked. Returns how many lots and points ended.
CREATE FUNCTION books.end_lots(
  p_member bigint, p_today date, OUT lots int, OUT points bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_lot record;
  v_part record;
  v_seq int;
  v_period int;
BEGIN
  lots := 0;
  points := 0;
  SELECT b.seq INTO v_seq FROM balance b WHERE b.member_id = p_member;
  FOR v_lot IN
    SELECT l.seq, l.remaining, l.issuer_id, l.agreement_id,
           (l.expires_on + 1)::timestamp AT TIME ZONE g.time_zone - interval '1 microsecond'
             AS day_over
      FROM lot l, programme g
     WHERE l.member_id = p_member AND l.remaining > 0 AND l.expires_on < p_today
     ORDER BY l.expires_on, l.earned_at, l.seq
  LOOP
    UPDATE lot l SET remaining = 0 WHERE l.member_id = p_member AND l.seq = v_lot.seq;
    FOR v_part IN
      SELECT e.ended_at, e.points
        FROM books.endings_of_lot(p_member, v_lot.seq, v_lot.remaining, v_lot.day_over) e
    LOOP
      v_seq := v_seq + 1;
      v_period := books.period_of(v_lot.issuer_id, v_part.ended_at);
      PERFORM books.post_entry(p_member, v_seq, v_period, 8::smallint, 20::smallint, 40::smallint,
        v_part.points, v_lot.issuer_id, v_lot.agreement_id, NULL, v_part.ended_at);
      INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                           partner_id, issuer_period_id)
      VALUES (p_member, v_seq, v_lot.seq, v_period, 20, 40, v_part.points, v_lot.issuer_id,
              v_lot.issuer_id, v_period);
      PERFORM books.tell(8, v_lot.issuer_id, p_member, v_seq, NULL, NULL);
      points := points + v_part.points;
    END LOOP;
    lots := lots + 1;
  END LOOP;
END $$
