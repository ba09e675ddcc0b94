-- Whether tokens of a client, and of a grant that a person gave it, are still good.
-- p_built_in: the client is one of this software's own and stands in no table.
CREATE FUNCTION verbs.alive(p_client text, p_built_in boolean, p_grant uuid)
RETURNS TABLE (client boolean, permission boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT p_built_in OR EXISTS (
           SELECT 1 FROM client c LEFT JOIN partner p ON p.id = c.partner_id
            WHERE c.id = p_client AND c.status = 'active' AND coalesce(p.status <> 'left', true)),
         p_grant IS NULL OR EXISTS (
           SELECT 1 FROM oauth_grant g JOIN login l ON l.id = g.login_id
            WHERE g.id = p_grant AND g.client_id = p_client AND g.ended_at IS NULL
              AND l.status = 'active')
$$
