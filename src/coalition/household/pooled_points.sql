-- What members have in their lots to be spent now.
CREATE FUNCTION books.pooled_points(p_members bigint[], p_now timestamptz, p_today date)
RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(l.remaining), 0)::bigint FROM coalition.lot l
   WHERE l.member_id = ANY (p_members) AND l.remaining > 0
     AND (l.expires_on IS NULL OR l.expires_on >= p_today)
     AND (l.spendable_from IS NULL OR l.spendable_from <= p_now)
$$
