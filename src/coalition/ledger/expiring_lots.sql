-- Every date on which points of a member end, soonest first.
CREATE FUNCTION verbs.expiring_lots(p_member bigint, p_today date)
RETURNS TABLE (expires_on date, points bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT l.expires_on, sum(l.remaining)::bigint FROM lot l
   WHERE l.member_id = p_member AND l.remaining > 0 AND l.expires_on >= p_today
   GROUP BY l.expires_on ORDER BY l.expires_on
$$
