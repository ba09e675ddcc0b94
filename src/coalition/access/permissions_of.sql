-- What a person allows clients as things stand: one row for each, however often it was allowed.
-- A client shows a refresh token each time that it renews its access, and gets another one that is
-- good for p_life: so the youngest says when it was last used. It ends with the session that it was
-- given in, else when the youngest does.
CREATE FUNCTION verbs.permissions_of(p_login bigint, p_life interval, p_now timestamptz)
RETURNS TABLE (client_id text, name text, scopes text[], began_at timestamptz,
               used_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH standing AS (
    SELECT g.id, g.client_id, g.scopes, g.began_at, r.ends_at AS token_ends_at,
           least(r.ends_at, s.ends_at) AS ends_at
      FROM oauth_grant g
           LEFT JOIN session s ON s.token_hash = g.session_hash
           LEFT JOIN LATERAL (SELECT max(t.expires_at) AS ends_at FROM refresh_token t
                               WHERE t.grant_id = g.id) r ON true
     WHERE g.login_id = p_login AND books.grant_stands(g.ended_at, g.session_hash, p_now)
  )
  SELECT g.client_id, min(c.name),
         (SELECT array_agg(DISTINCT one) FROM standing o CROSS JOIN unnest(o.scopes) AS one
           WHERE o.client_id = g.client_id),
         min(g.began_at), max(g.token_ends_at) - p_life, max(g.ends_at)
    FROM standing g LEFT JOIN client c ON c.id = g.client_id
   GROUP BY g.client_id ORDER BY 4, 1
$$
