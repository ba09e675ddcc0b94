-- Post the end of lots past their last day for the next p_limit members after p_after. Held
-- points survive until their hold ends. Returns the last member seen (null: none is left).
CREATE FUNCTION verbs.expire_points(
  p_after bigint, p_limit int, p_occurred_at timestamptz, p_today date
) RETURNS TABLE (last_member bigint, lots int, points bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_member bigint;
  v_lot record;
  v_seq int;
  v_period int;
BEGIN
  PERFORM books.enter_books();
  lots := 0;
  points := 0;
  v_period := books.period_of(p_occurred_at);
  FOR v_member IN
    SELECT b.member_id FROM balance b
     WHERE b.member_id IN (SELECT DISTINCT l.member_id FROM lot l
                            WHERE l.member_id > p_after AND l.remaining > 0
                              AND l.expires_on < p_today
                            ORDER BY l.member_id LIMIT p_limit)
     ORDER BY b.member_id FOR NO KEY UPDATE
  LOOP
    FOR v_lot IN
      SELECT l.seq, l.remaining, l.issuer_id, l.agreement_id FROM lot l
       WHERE l.member_id = v_member AND l.remaining > 0 AND l.expires_on < p_today
       ORDER BY l.expires_on, l.seq
    LOOP
      UPDATE balance b SET points = b.points - v_lot.remaining, seq = b.seq + 1
       WHERE b.member_id = v_member RETURNING b.seq INTO v_seq;
      UPDATE lot l SET remaining = 0 WHERE l.member_id = v_member AND l.seq = v_lot.seq;
      PERFORM books.post_entry(v_member, v_seq, v_period, 8::smallint, 20::smallint,
        40::smallint, v_lot.remaining, v_lot.issuer_id, v_lot.agreement_id, NULL, p_occurred_at);
      INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                           partner_id)
      VALUES (v_member, v_seq, v_lot.seq, v_period, 20, 40, v_lot.remaining, v_lot.issuer_id,
              v_lot.issuer_id);
      lots := lots + 1;
      points := points + v_lot.remaining;
    END LOOP;
    last_member := v_member;
  END LOOP;
  RETURN NEXT;
END $$
