-- The keys a server needs: the newest signs tokens, those not yet retired check them.
CREATE FUNCTION verbs.server_secrets()
RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT s.name, encode(s.value, 'hex') FROM secret s
  UNION ALL
  SELECT k.name, k.value FROM (
    SELECT 'signing_key:' || kid AS name, private_key AS value FROM signing_key
     WHERE retired_at IS NULL ORDER BY created_at DESC) k
$$
