-- End what a person allowed a client, with all its tokens.
CREATE FUNCTION verbs.end_grant(p_grant uuid, p_client text, p_now timestamptz)
RETURNS TABLE (ended int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE oauth_grant g SET ended_at = p_now
   WHERE g.id = p_grant AND g.client_id = p_client AND g.ended_at IS NULL;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN NEXT;
END $$
