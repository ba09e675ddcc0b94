-- What the same key was answered before; null: it comes for the first time. Whoever acts is locked.
CREATE FUNCTION books.known_act(p_claim uuid, p_hash uuid) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN a.request_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END
    FROM coalition.household_act a WHERE a.claim = p_claim
$$
