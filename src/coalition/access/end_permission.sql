-- A person takes back all that it allowed a client: every token of it ends.
CREATE FUNCTION verbs.end_permission(p_login bigint, p_client text, p_now timestamptz)
RETURNS TABLE (ended int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE oauth_grant g SET ended_at = p_now
   WHERE g.login_id = p_login AND g.client_id = p_client AND g.ended_at IS NULL;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN NEXT;
END $$
