-- What lies in a member's lots that came from others of its household goes home: they came to be
-- spent, and were not, or came back. The member and those others are locked (books.lock_circle).
CREATE FUNCTION books.send_home(p_member bigint, p_occurred_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_lot record;
  v_seq int;
BEGIN
  FOR v_lot IN
    SELECT l.seq, l.remaining, l.expires_on, l.extended_from, p.from_member_id, p.from_seq,
           p.household_id
      FROM passage p
      JOIN lot l ON l.member_id = p.to_member_id AND l.seq = p.to_seq
     WHERE p.to_member_id = p_member AND p.household_id IS NOT NULL AND l.remaining > 0
     ORDER BY p.from_member_id, l.seq
  LOOP
    v_seq := books.pass_on(p_member, v_lot.seq, v_lot.remaining, p_occurred_at);
    PERFORM books.bring_back(v_lot.from_member_id, v_lot.from_seq, p_member, v_seq,
      v_lot.household_id, NULL, CASE WHEN v_lot.extended_from IS NOT NULL THEN v_lot.expires_on END,
      p_occurred_at);
  END LOOP;
END $$
