-- Whether nothing that is a member's goes to others until it, or the operator, says so: also what was
-- on its way before. A member who has left is not waited for.
CREATE FUNCTION books.spending_rests(p_member bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT m.status IN ('locked', 'suspended') OR m.status = 'active' AND m.spend_locked_at IS NOT NULL
    FROM coalition.member m WHERE m.member_id = p_member
$$
