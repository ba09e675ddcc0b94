-- A member that is forgotten leaves its household, whose members stay together: one of them owns it
-- then if nobody else does. Whoever forgets holds the member's lock.
CREATE FUNCTION books.forget_household(p_member bigint, p_now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_household bigint := (SELECT h.household_id FROM coalition.household_member h
                          WHERE h.member_id = p_member AND h.left_at IS NULL);
BEGIN
  UPDATE coalition.household_invitation i SET state = 'WITHDRAWN', decided_at = p_now
   WHERE i.member_id = p_member AND i.state = 'OPEN';
  IF v_household IS NULL THEN
    RETURN;
  END IF;
  PERFORM 1 FROM coalition.household h WHERE h.id = v_household FOR NO KEY UPDATE;
  UPDATE coalition.household_member h SET left_at = p_now
   WHERE h.household_id = v_household AND h.member_id = p_member AND h.left_at IS NULL;
  UPDATE coalition.household_member h SET role = 'OWNER'
   WHERE h.id = (SELECT o.id FROM coalition.household_member o
                  WHERE o.household_id = v_household AND o.left_at IS NULL
                  ORDER BY o.role <> 'SPENDER', o.role = 'CHILD', o.joined_at, o.id LIMIT 1)
     AND NOT EXISTS (SELECT 1 FROM coalition.household_member o
                      WHERE o.household_id = v_household AND o.left_at IS NULL
                        AND o.role = 'OWNER');
  IF NOT EXISTS (SELECT 1 FROM coalition.household_member o
                  WHERE o.household_id = v_household AND o.left_at IS NULL) THEN
    UPDATE coalition.household h SET ended_at = p_now WHERE h.id = v_household;
    UPDATE coalition.household_invitation i SET state = 'WITHDRAWN', decided_at = p_now
     WHERE i.household_id = v_household AND i.state = 'OPEN';
  END IF;
END $$
