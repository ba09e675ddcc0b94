-- The keys a server needs. The first signing key signs; the others check what was signed before,
-- or are shown to the world for a while before they sign. So it is with the keys that sign
-- statements, but these are shown for ever: a statement is checked years later.
CREATE FUNCTION verbs.server_secrets()
RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT s.name, encode(s.value, 'hex') FROM secret s
  UNION ALL
  SELECT k.name, k.value FROM (
    SELECT 'signing_key:' || kid AS name, private_key AS value FROM signing_key
     WHERE purpose = 'tokens' AND (retired_at IS NULL OR retired_at > clock_timestamp())
     ORDER BY created_at <= clock_timestamp() DESC, created_at DESC) k
  UNION ALL
  SELECT k.name, k.value FROM (
    SELECT 'statement_key:' || kid AS name, private_key AS value FROM signing_key
     WHERE purpose = 'statements'
     ORDER BY created_at <= clock_timestamp() DESC, created_at DESC) k
$$
