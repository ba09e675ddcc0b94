-- Whether tokens of a client, and of a grant that a person gave it, are still good; and what roles
-- that person has by now, which may hold less than when the token was made.
-- p_built_in: the client is one of this software's own and stands in no table.
CREATE FUNCTION verbs.alive(p_client text, p_built_in boolean, p_grant uuid)
RETURNS TABLE (client boolean, permission boolean, kind text, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT p_built_in OR EXISTS (
           SELECT 1 FROM client c LEFT JOIN partner p ON p.id = c.partner_id
            WHERE c.id = p_client AND c.status = 'active' AND coalesce(p.status <> 'left', true)),
         p_grant IS NULL OR given.login_id IS NOT NULL, given.kind, given.roles
    FROM (SELECT 1) AS one LEFT JOIN (
           SELECT who.* FROM books.person_of(p_grant) who
                    JOIN oauth_grant g ON g.id = who.grant_id AND g.client_id = p_client
                    LEFT JOIN client c ON c.id = p_client
                    LEFT JOIN partner p ON p.id = c.partner_id
            -- A suspended brand reads about nobody: not with a member's own leave either.
            WHERE who.member_id IS NULL OR coalesce(p.status <> 'suspended', true)
         ) AS given ON true
$$
