-- Whose points a member may spend besides its own, of those who are locked: the others of its
-- household, when it is an owner or a spender there. Who has locked its spending, or may not spend,
-- be it for a day, gives nothing. Null: nobody's.
CREATE FUNCTION books.pool_of(
  p_member bigint, p_locked bigint[], p_now timestamptz, OUT household_id bigint, OUT members bigint[]
)
LANGUAGE sql STABLE AS $$
  SELECT mine.household_id, array_agg(o.member_id)
    FROM coalition.household_member mine
    JOIN coalition.household_member o
      ON o.household_id = mine.household_id AND o.member_id <> mine.member_id
    JOIN coalition.member m ON m.member_id = o.member_id
   WHERE mine.member_id = p_member AND mine.left_at IS NULL AND mine.role IN ('OWNER', 'SPENDER')
     AND o.left_at IS NULL AND o.member_id = ANY (p_locked)
     AND m.status = 'active' AND m.spend_locked_at IS NULL
     AND (m.spend_paused_until IS NULL OR m.spend_paused_until <= p_now)
   GROUP BY mine.household_id
$$
