-- The gifts that a member gave or was given, the newest first, from before one of them on; or those of
-- p_ids. Of the other one it is told as much as a card's check tells.
CREATE FUNCTION verbs.transfers_of(p_member bigint, p_ids bigint[], p_before bigint, p_limit int)
RETURNS TABLE (id bigint, is_giver boolean, given_name text, family_name text, points bigint,
               sent_at timestamptz, returns_at timestamptz, state text, decided_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT t.id, t.from_member_id = p_member, m.given_name, m.family_name, t.points, t.sent_at,
         t.returns_at, t.state, t.decided_at
    FROM transfer t
    JOIN member m ON m.member_id = CASE WHEN t.from_member_id = p_member THEN t.to_member_id
                                        ELSE t.from_member_id END
   WHERE (t.from_member_id = p_member OR t.to_member_id = p_member)
     AND (p_ids IS NULL OR t.id = ANY (p_ids)) AND (p_before IS NULL OR t.id < p_before)
   ORDER BY t.id DESC LIMIT p_limit
$$
