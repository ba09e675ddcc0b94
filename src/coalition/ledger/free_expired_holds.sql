-- Release every hold of a member that is past its time, as of that time. The member is locked.
-- Returns how many holds were released.
CREATE FUNCTION books.free_expired_holds(p_member bigint, p_now timestamptz) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  v_hold record;
  v_count int := 0;
BEGIN
  FOR v_hold IN
    SELECT h.seq, h.points, h.partner_id, h.expires_at FROM hold h
     WHERE h.member_id = p_member AND h.state = 'held' AND h.expires_at <= p_now
     ORDER BY h.seq
  LOOP
    UPDATE hold SET state = 'expired', resolved_at = clock_timestamp()
     WHERE member_id = p_member AND seq = v_hold.seq;
    PERFORM books.free_hold(p_member, v_hold.seq,
      (SELECT seq + 1 FROM balance WHERE member_id = p_member), v_hold.points,
      v_hold.expires_at);
    PERFORM books.tell(5, v_hold.partner_id, p_member, v_hold.seq, NULL, NULL);
    v_count := v_count + 1;
  END LOOP;
  RETURN v_count;
END $$
