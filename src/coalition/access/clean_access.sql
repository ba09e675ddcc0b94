-- Remove what ended before a moment and can be used no more, at most p_limit rows of each kind;
-- asked again until nothing is left to remove.
--   sessions, those of the members' pages, attempts, challenges, codes, device requests, used assertions: once they have ended
--   refresh tokens: used ones too stay until they would have ended, or longer than the grant does:
--     one that is used again ends its grant (take_refresh_token), and after that there is none
--   grants: ended ones, and those whose session is over, once nothing hangs on them
CREATE FUNCTION verbs.clean_access(p_before timestamptz, p_limit int)
RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_grants uuid[];
  v_some int;
BEGIN
  removed := 0;
  DELETE FROM session WHERE token_hash IN (
    SELECT s.token_hash FROM session s WHERE s.ends_at < p_before LIMIT p_limit);
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  DELETE FROM web_session WHERE token_hash IN (
    SELECT w.token_hash FROM web_session w WHERE w.ends_at < p_before LIMIT p_limit);
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  -- As an array the rows are chosen once; in a join, a plan may choose and lock anew for each row.
  DELETE FROM sign_in_attempt WHERE key = ANY (ARRAY (
    SELECT a.key FROM sign_in_attempt a WHERE a.last_at < p_before
     LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  DELETE FROM passkey_challenge WHERE challenge_hash IN (
    SELECT c.challenge_hash FROM passkey_challenge c WHERE c.expires_at < p_before LIMIT p_limit);
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  DELETE FROM used_assertion WHERE (client_id, jti_hash) IN (
    SELECT u.client_id, u.jti_hash FROM used_assertion u WHERE u.until < p_before LIMIT p_limit);
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;

  -- A session that is gone is over; it is asked for where the grant began so long ago that no
  -- session of that time can last.
  SELECT array_agg(g.id) INTO v_grants FROM (
    (SELECT g.id FROM oauth_grant g WHERE g.ended_at < p_before LIMIT p_limit)
    UNION
    (SELECT g.id FROM oauth_grant g
      WHERE g.session_hash IS NOT NULL AND g.began_at < p_before
        AND NOT EXISTS (SELECT 1 FROM session s WHERE s.token_hash = g.session_hash)
      LIMIT p_limit)) g;
  DELETE FROM oauth_code WHERE code_hash IN (
    (SELECT c.code_hash FROM oauth_code c WHERE c.expires_at < p_before LIMIT p_limit)
    UNION ALL
    (SELECT c.code_hash FROM oauth_code c WHERE c.grant_id = ANY (v_grants) LIMIT p_limit));
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  DELETE FROM refresh_token WHERE token_hash IN (
    (SELECT r.token_hash FROM refresh_token r WHERE r.expires_at < p_before LIMIT p_limit)
    UNION ALL
    (SELECT r.token_hash FROM refresh_token r WHERE r.grant_id = ANY (v_grants) LIMIT p_limit));
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  DELETE FROM device_request WHERE device_hash IN (
    (SELECT d.device_hash FROM device_request d WHERE d.expires_at < p_before LIMIT p_limit)
    UNION ALL
    (SELECT d.device_hash FROM device_request d WHERE d.grant_id = ANY (v_grants) LIMIT p_limit));
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  DELETE FROM oauth_grant g WHERE g.id = ANY (v_grants)
    AND NOT EXISTS (SELECT 1 FROM oauth_code c WHERE c.grant_id = g.id)
    AND NOT EXISTS (SELECT 1 FROM refresh_token r WHERE r.grant_id = g.id)
    AND NOT EXISTS (SELECT 1 FROM device_request d WHERE d.grant_id = g.id);
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  RETURN NEXT;
END $$
