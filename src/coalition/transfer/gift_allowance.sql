-- How many points a member may still give away just now, of those that it has.
CREATE FUNCTION verbs.gift_allowance(p_member bigint, p_now timestamptz, p_today date)
RETURNS TABLE (points bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT least(books.may_give(p_member, g.sharing -> 'gifts', p_now), b.available)
    FROM programme g, books.balance_at(p_member, p_now, p_today) b
$$
