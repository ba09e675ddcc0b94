-- When the points that are left of a lot ended: with its last day, but for those that came back into
-- it later, out of a hold or by a refund; they ended when they came. What came back last is what is
-- left, for whatever was there before had its end posted then.
CREATE FUNCTION books.endings_of_lot(
  p_member bigint, p_lot int, p_points bigint, p_day_over timestamptz
) RETURNS TABLE (ended_at timestamptz, points bigint)
LANGUAGE sql STABLE AS $$
  WITH back AS (
    SELECT e.occurred_at AS at, sum(u.points) AS points,
           sum(sum(u.points)) OVER (ORDER BY e.occurred_at DESC) AS since
      FROM lot_use u
      JOIN entry e ON e.member_id = u.member_id AND e.seq = u.seq AND e.period_id = u.period_id
     WHERE u.member_id = p_member AND u.lot_seq = p_lot AND u.credit = 20
       AND e.occurred_at > p_day_over
     GROUP BY e.occurred_at
  ), ended AS (
    SELECT at, least(points, p_points - (since - points)) AS points FROM back
    UNION ALL
    SELECT p_day_over, p_points - coalesce((SELECT sum(points) FROM back), 0)
  )
  SELECT at, points::bigint FROM ended WHERE points > 0 ORDER BY at
$$
