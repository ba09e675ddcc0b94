-- What a member has at a moment (books.balance_at), for the edges.
CREATE FUNCTION verbs.balance_of(p_member bigint, p_now timestamptz, p_today date)
RETURNS TABLE (available bigint, pending bigint, held bigint, owed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT b.available, b.pending, b.held, b.owed FROM books.balance_at(p_member, p_now, p_today) b
$$
