-- Lock a member for posting, with everybody among whom its points may go: in the order of their
-- numbers, so that nobody waits for one who waits for it. Returns who was locked: somebody who comes
-- into the household only then is not.
CREATE FUNCTION books.lock_circle(p_member bigint) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
  v_circle bigint[] := books.circle_of(p_member);
BEGIN
  PERFORM 1 FROM balance b WHERE b.member_id = ANY (v_circle)
    ORDER BY b.member_id FOR NO KEY UPDATE;
  RETURN v_circle;
END $$
