-- Who gave a grant, as its tokens name them, and what roles they have by now. Nothing for a grant that does not stand, nor for who
-- may not sign in any more.
CREATE FUNCTION books.person_of(p_grant uuid)
RETURNS TABLE (grant_id uuid, login_id bigint, partner_id int, member_id bigint, scopes text[],
               kind text, roles text[])
LANGUAGE sql STABLE AS $$
  SELECT g.id, l.id, l.partner_id, l.member_id, g.scopes, l.kind, l.roles
    FROM coalition.oauth_grant g JOIN coalition.login l ON l.id = g.login_id
   WHERE g.id = p_grant AND books.grant_stands(g.ended_at, g.session_hash, clock_timestamp())
     AND books.login_stands(l.status, l.partner_id, l.member_id)
$$
