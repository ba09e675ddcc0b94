-- Status and enrolment of members, as far as the caller may know of each (verbs.find_member).
CREATE FUNCTION verbs.known_members(p_partner int, p_members bigint[])
RETURNS TABLE (member_id bigint, status text, enrolled_at timestamptz, spend_locked boolean,
               tier text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT f.*
    FROM unnest(p_members) AS m (member_id),
         LATERAL verbs.find_member(p_partner, 'ID', m.member_id::text) f
$$
