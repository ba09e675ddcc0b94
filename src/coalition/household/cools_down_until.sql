-- From when on a member that left a household may be in one again; null: it never left one.
CREATE FUNCTION books.cools_down_until(p_member bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT max(h.left_at)
         + make_interval(days => (g.sharing #>> '{household,cool_down_days}')::int)
    FROM coalition.household_member h, coalition.programme g
   WHERE h.member_id = p_member AND h.left_at IS NOT NULL GROUP BY g.sharing
$$
