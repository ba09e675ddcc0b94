-- What the authorization server must know of a client, its live secrets among it.
CREATE FUNCTION verbs.client_credentials(p_client text, p_now timestamptz)
RETURNS TABLE (partner_id int, name text, scopes text[], active boolean, suspended boolean,
               grants text[], redirect_uris text[], authentication text, public_keys jsonb,
               store_code text, terminal_code text, secret_hashes bytea[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT c.partner_id, c.name, c.scopes,
         c.status = 'active' AND coalesce(p.status <> 'left', true),
         coalesce(p.status = 'suspended', false),
         c.grants, c.redirect_uris, c.authentication, c.public_keys, c.store_code, c.terminal_code,
         coalesce((SELECT array_agg(s.secret_hash) FROM client_secret s
                    WHERE s.client_id = c.id
                      AND (s.valid_until IS NULL OR s.valid_until > p_now)), '{}')
    FROM client c LEFT JOIN partner p ON p.id = c.partner_id
   WHERE c.id = p_client
$$
