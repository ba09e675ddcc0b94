-- Lock a member for posting, with everybody among whom its points may go: in the order of their
-- numbers, so that nobody waits for one who waits for it. Returns who was locked: somebody who comes
-- into the household only then is not. Who never was in one costs a look at an index more.
CREATE FUNCTION books.lock_circle(p_member bigint) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
  v_circle bigint[] := ARRAY[p_member];
BEGIN
  IF EXISTS (SELECT 1 FROM household_member h WHERE h.member_id = p_member) THEN
    v_circle := books.circle_of(p_member);
    PERFORM 1 FROM balance b WHERE b.member_id = ANY (v_circle)
      ORDER BY b.member_id FOR NO KEY UPDATE;
  ELSE
    PERFORM 1 FROM balance b WHERE b.member_id = p_member FOR NO KEY UPDATE;
  END IF;
  RETURN v_circle;
END $$
