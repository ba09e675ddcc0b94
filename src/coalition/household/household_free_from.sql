-- From when on a member may be in a household again; null: it never left one.
CREATE FUNCTION verbs.household_free_from(p_member bigint)
RETURNS TABLE (free_from timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT books.cools_down_until(p_member)
$$
