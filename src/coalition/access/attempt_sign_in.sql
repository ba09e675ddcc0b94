-- May another password be tried under these keys? If so the attempt counts, before it is known
-- whether it is right: so many at once are as slow as one after the other. Each key has some
-- attempts free; after them the wait doubles up to its longest. An hour's rest forgets.
CREATE FUNCTION verbs.attempt_sign_in(
  p_keys bytea[], p_free int[], p_longest int[], p_now timestamptz
) RETURNS TABLE (wait_seconds int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM sign_in_attempt a WHERE a.last_at < p_now - interval '1 hour';
  INSERT INTO sign_in_attempt (key, attempts, last_at)
  SELECT k.key, 0, p_now FROM unnest(p_keys) AS k (key) ORDER BY k.key ON CONFLICT DO NOTHING;
  PERFORM 1 FROM sign_in_attempt a WHERE a.key = ANY (p_keys) ORDER BY a.key FOR UPDATE;
  SELECT coalesce(max(ceil(extract(epoch FROM a.last_at - p_now)
           + least(k.longest, power(2, least(a.attempts - k.free, 20)))))
           FILTER (WHERE a.attempts >= k.free), 0)::int INTO wait_seconds
    FROM sign_in_attempt a
    JOIN unnest(p_keys, p_free, p_longest) AS k (key, free, longest) ON k.key = a.key;
  IF wait_seconds <= 0 THEN
    wait_seconds := 0;
    UPDATE sign_in_attempt a SET attempts = a.attempts + 1, last_at = p_now
     WHERE a.key = ANY (p_keys);
  END IF;
  RETURN NEXT;
END $$
