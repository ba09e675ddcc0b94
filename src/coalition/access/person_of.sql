-- Who gave a grant, as its tokens name them. Nothing for a grant that does not stand, nor for who
-- may not sign in any more.
CREATE FUNCTION books.person_of(p_grant uuid)
RETURNS TABLE (grant_id uuid, login_id bigint, partner_id int, member_id bigint, scopes text[])
LANGUAGE sql STABLE AS $$
  SELECT g.id, l.id, l.partner_id, l.member_id, g.scopes
    FROM coalition.oauth_grant g JOIN coalition.login l ON l.id = g.login_id
         LEFT JOIN coalition.partner p ON p.id = l.partner_id
   WHERE g.id = p_grant AND books.grant_stands(g.ended_at, g.session_hash, clock_timestamp())
     AND l.status = 'active' AND coalesce(p.status <> 'left', true)
$$
