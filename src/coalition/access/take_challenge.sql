-- Use a challenge up. It counts in the browser that it was made for, for its purpose, in time;
-- shown anywhere else it is used up all the same.
CREATE FUNCTION verbs.take_challenge(
  p_hash bytea, p_purpose text, p_browser bytea, p_now timestamptz
) RETURNS TABLE (counts boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM passkey_challenge c WHERE c.challenge_hash = p_hash
  RETURNING c.purpose = p_purpose AND c.browser_hash = p_browser AND c.expires_at > p_now
       INTO counts;
  counts := coalesce(counts, false);
  RETURN NEXT;
END $$
