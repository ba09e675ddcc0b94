-- The members among whom points may go with one act of a member: itself, and whoever was ever in a
-- household with it, in the order in which they are locked.
CREATE FUNCTION books.circle_of(p_member bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
  SELECT array_agg(c.member_id ORDER BY c.member_id) FROM (
    SELECT p_member AS member_id
    UNION
    SELECT o.member_id FROM coalition.household_member mine
      JOIN coalition.household_member o ON o.household_id = mine.household_id
     WHERE mine.member_id = p_member) c
$$
