-- Post the end of every lot of a member that is past its last day. What is held of a lot stays
-- until its hold ends. The member is locked. Returns how many lots and points ended.
CREATE FUNCTION books.end_lots(
  p_member bigint, p_now timestamptz, p_today date, OUT lots int, OUT points bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_lot record;
  v_seq int;
  v_period int;
BEGIN
  lots := 0;
  points := 0;
  FOR v_lot IN
    SELECT l.seq, l.remaining, l.issuer_id, l.agreement_id FROM lot l
     WHERE l.member_id = p_member AND l.remaining > 0 AND l.expires_on < p_today
     ORDER BY l.expires_on, l.seq
  LOOP
    v_period := books.period_of(v_lot.issuer_id, p_now);
    SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
    UPDATE lot l SET remaining = 0 WHERE l.member_id = p_member AND l.seq = v_lot.seq;
    PERFORM books.post_entry(p_member, v_seq, v_period, 8::smallint, 20::smallint, 40::smallint,
      v_lot.remaining, v_lot.issuer_id, v_lot.agreement_id, NULL, p_now);
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, v_seq, v_lot.seq, v_period, 20, 40, v_lot.remaining, v_lot.issuer_id,
            v_lot.issuer_id, v_period);
    PERFORM books.tell(8, v_lot.issuer_id, p_member, v_seq, NULL, NULL);
    lots := lots + 1;
    points := points + v_lot.remaining;
  END LOOP;
END $$
