-- Which brands know of a member, and what they were told.
CREATE FUNCTION verbs.data_sharing(p_member bigint)
RETURNS TABLE (partner_id int, since timestamptz, noted_under text[], movements bigint, told text,
               told_last_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT s.partner_id, s.since, s.noted_under, s.movements, s.told::text, s.told_last_at
    FROM books.sharing_of(p_member) s
$$
