-- What a person allows clients as things stand: one row for each, however often it was allowed.
CREATE FUNCTION verbs.permissions_of(p_login bigint, p_now timestamptz)
RETURNS TABLE (client_id text, name text, scopes text[], began_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT g.client_id, min(c.name), array_agg(DISTINCT s.scope), min(g.began_at)
    FROM oauth_grant g CROSS JOIN LATERAL unnest(g.scopes) AS s (scope)
         LEFT JOIN client c ON c.id = g.client_id
   WHERE g.login_id = p_login AND books.grant_stands(g.ended_at, g.session_hash, p_now)
   GROUP BY g.client_id ORDER BY 4, 1
$$
