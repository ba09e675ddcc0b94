-- Sign somebody out everywhere but where it asks from; what our own pages hold ends with it.
CREATE FUNCTION verbs.end_other_sessions(p_login bigint, p_own bytea)
RETURNS TABLE (ended int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM session s WHERE s.login_id = p_login AND s.token_hash <> p_own;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN NEXT;
END $$
