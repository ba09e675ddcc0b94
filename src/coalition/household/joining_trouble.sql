-- What stands in the way of a member being in a household from now on. The member is locked. Whoever
-- is in one lets others spend its points: not while nothing is spent, lest who took over an account
-- moves its points that way.
CREATE FUNCTION books.joining_trouble(p_member bigint, p_now timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN m.status = 'closed' THEN 'MEMBER_CLOSED'
    WHEN m.status = 'suspended' THEN 'MEMBER_SUSPENDED'
    WHEN m.spend_paused_until > p_now THEN 'SPEND_PAUSED'
    WHEN EXISTS (SELECT 1 FROM coalition.household_member h
                  WHERE h.member_id = m.member_id AND h.left_at IS NULL) THEN 'IN_A_HOUSEHOLD'
    WHEN books.cools_down_until(m.member_id) > p_now THEN 'HOUSEHOLD_COOL_DOWN' END
    FROM coalition.member m WHERE m.member_id = p_member
$$
