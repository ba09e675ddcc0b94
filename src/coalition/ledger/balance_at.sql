-- A member's balance at a moment. What time alone has changed counts already, whether or not a
-- job has posted it: a lot past its day is gone, a hold past its time is free again.
-- What a hold took of others of a household goes home, and is not this member's.
-- `holds_due` and `lots_due` say how many points still wait for the jobs that post that.
CREATE FUNCTION books.balance_at(
  p_member bigint, p_now timestamptz, p_today date,
  OUT available bigint, OUT pending bigint, OUT held bigint, OUT owed bigint,
  OUT holds_due bigint, OUT lots_due bigint
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_points bigint;
  v_freed bigint := 0;
BEGIN
  SELECT b.points, b.held, b.owed INTO v_points, held, owed
    FROM balance b WHERE b.member_id = p_member;
  SELECT coalesce(sum(remaining), 0) INTO lots_due FROM lot
   WHERE member_id = p_member AND remaining > 0 AND expires_on < p_today;
  SELECT coalesce(sum(remaining), 0) INTO pending FROM lot
   WHERE member_id = p_member AND remaining > 0 AND spendable_from > p_now
     AND (expires_on IS NULL OR expires_on >= p_today);
  SELECT coalesce(sum(points), 0) INTO holds_due FROM hold
   WHERE member_id = p_member AND state = 'held' AND expires_at <= p_now;
  IF holds_due > 0 THEN
    SELECT coalesce(sum(u.points), 0) INTO v_freed
      FROM hold h
      JOIN lot_use u ON u.member_id = h.member_id AND u.seq = h.seq
      JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
     WHERE h.member_id = p_member AND h.state = 'held' AND h.expires_at <= p_now
       AND (l.expires_on IS NULL OR l.expires_on >= p_today)
       AND NOT books.comes_home(l.member_id, l.seq);
  END IF;
  available := v_points - pending - lots_due + v_freed;
  held := held - holds_due;
END $$
