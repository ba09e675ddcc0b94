-- The last points that were earned and spent in a member's household, the newest first: by whom, when
-- and how many, and not where or on what. A child sees its own.
CREATE FUNCTION verbs.household_movements(p_member bigint, p_limit int)
RETURNS TABLE (stay_id bigint, is_self boolean, name text, kind smallint, points bigint,
               occurred_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT o.id, o.id = mine.id, m.given_name, e.kind, e.points, e.occurred_at
    FROM household_member mine
    JOIN household_member o ON o.household_id = mine.household_id AND o.left_at IS NULL
    JOIN member m ON m.member_id = o.member_id
   CROSS JOIN LATERAL (
     SELECT t.kind, t.points, t.occurred_at, t.seq FROM entry t
      WHERE t.member_id = o.member_id AND t.kind IN (1, 2, 6, 7) AND t.occurred_at >= o.joined_at
      ORDER BY t.seq DESC LIMIT p_limit) e
   WHERE mine.member_id = p_member AND mine.left_at IS NULL
     AND (mine.role <> 'CHILD' OR o.id = mine.id)
   ORDER BY e.occurred_at DESC, o.id, e.seq DESC LIMIT p_limit
$$
