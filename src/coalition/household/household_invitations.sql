-- The open invitations that are for a member, and those that its household has sent.
CREATE FUNCTION verbs.household_invitations(p_member bigint, p_now timestamptz)
RETURNS TABLE (id bigint, is_own boolean, shown text, role text, invited_at timestamptz,
               expires_at timestamptz, inviter text, members int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT i.id, i.member_id IS NOT DISTINCT FROM p_member, i.shown, i.role, i.invited_at,
         i.expires_at, m.given_name,
         (SELECT count(*)::int FROM household_member h
           WHERE h.household_id = i.household_id AND h.left_at IS NULL)
    FROM household_invitation i
    JOIN member m ON m.member_id = i.invited_by
   WHERE i.state = 'OPEN' AND i.expires_at > p_now
     AND (i.member_id = p_member OR i.household_id = (
       SELECT h.household_id FROM household_member h
        WHERE h.member_id = p_member AND h.left_at IS NULL))
   ORDER BY i.invited_at, i.id
$$
