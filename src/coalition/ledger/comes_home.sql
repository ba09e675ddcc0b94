-- Whether a lot came from another member of a household, to be spent or to go home again.
CREATE FUNCTION books.comes_home(p_member bigint, p_lot int) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM coalition.passage p
                  WHERE p.to_member_id = p_member AND p.to_seq = p_lot
                    AND p.household_id IS NOT NULL)
$$
