-- Every moment at which pending points of a member become spendable, soonest first.
CREATE FUNCTION verbs.pending_lots(p_member bigint, p_now timestamptz, p_today date)
RETURNS TABLE (spendable_from timestamptz, points bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT l.spendable_from, sum(l.remaining)::bigint FROM lot l
   WHERE l.member_id = p_member AND l.remaining > 0 AND l.spendable_from > p_now
     AND (l.expires_on IS NULL OR l.expires_on >= p_today)
   GROUP BY l.spendable_from ORDER BY l.spendable_from
$$
