-- What a member may spend now: its own points, and those that its household lets it spend.
CREATE FUNCTION verbs.spendable_of(p_member bigint, p_now timestamptz, p_today date)
RETURNS TABLE (points bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT b.available + books.pooled_points(
           (books.pool_of(p_member, books.circle_of(p_member), p_now)).members, p_now, p_today)
    FROM books.balance_at(p_member, p_now, p_today) b
$$
