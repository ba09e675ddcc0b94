-- Bring to a member what a spending of p_points takes of others of its household: over all their lots
-- and its own the soonest to expire go first, then the earliest earned, of equal ones its own. What it
-- has then in its lots is spent in the same order, and is exactly that. All are locked. What is not
-- spent after all goes home (books.send_home).
CREATE FUNCTION books.draw_pool(
  p_member bigint, p_household bigint, p_others bigint[], p_points bigint, p_now timestamptz,
  p_today date
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_lot record;
  v_left bigint := p_points;
  v_part bigint;
BEGIN
  FOR v_lot IN
    SELECT l.member_id, l.seq, l.remaining FROM lot l
     WHERE l.member_id = ANY (p_others || p_member) AND l.remaining > 0
       AND (l.expires_on IS NULL OR l.expires_on >= p_today)
       AND (l.spendable_from IS NULL OR l.spendable_from <= p_now)
     ORDER BY l.expires_on, l.earned_at, l.member_id <> p_member, l.member_id, l.seq
  LOOP
    EXIT WHEN v_left = 0;
    v_part := least(v_lot.remaining, v_left);
    IF v_lot.member_id <> p_member THEN
      PERFORM books.receive(p_member, v_lot.member_id,
        books.pass_on(v_lot.member_id, v_lot.seq, v_part, p_now), p_household, NULL, p_now);
    END IF;
    v_left := v_left - v_part;
  END LOOP;
END $$
