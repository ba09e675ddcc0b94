-- What became of a member's points between two moments, by when it happened: earned (with what was
-- carried over), spent less refunds, ended, taken back with returns; and what it had at the end of
-- all that is not owed.
CREATE FUNCTION verbs.month_of_member(p_member bigint, p_from timestamptz, p_until timestamptz)
RETURNS TABLE (earned bigint, spent bigint, ended bigint, returned bigint, had bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH moved AS (
    SELECT e.kind, e.occurred_at,
           e.points * ((e.credit IN (20, 22))::int - (e.debit IN (20, 22))::int) AS points,
           e.points * ((e.credit = 30)::int - (e.debit = 30)::int) AS used
      FROM entry e WHERE e.member_id = p_member AND e.occurred_at < p_until
  )
  SELECT coalesce(sum(points) FILTER (WHERE kind IN (1, 9) AND occurred_at >= p_from), 0)::bigint,
         coalesce(sum(used) FILTER (WHERE kind IN (6, 7) AND occurred_at >= p_from), 0)::bigint,
         coalesce(-sum(points) FILTER (WHERE kind = 8 AND occurred_at >= p_from), 0)::bigint,
         coalesce(-sum(points) FILTER (WHERE kind = 2 AND occurred_at >= p_from), 0)::bigint,
         coalesce(sum(points), 0)::bigint
    FROM moved
$$
