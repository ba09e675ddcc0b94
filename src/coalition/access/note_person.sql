-- Which person asked for what a request is about to do. Once for each request.
CREATE FUNCTION verbs.note_person(p_request uuid, p_login bigint, p_grant uuid, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  INSERT INTO person_request (request_id, login_id, grant_id, at)
  VALUES (p_request, p_login, p_grant, p_now) ON CONFLICT DO NOTHING;
  outcome := 'NOTED';
  RETURN NEXT;
END $$
