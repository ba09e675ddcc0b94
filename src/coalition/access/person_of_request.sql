-- Which person asked for a request; nothing for one that a client made for itself.
CREATE FUNCTION verbs.person_of_request(p_request uuid)
RETURNS TABLE (login_id bigint, email text, grant_id uuid, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT p.login_id, l.email, p.grant_id, p.at
    FROM person_request p JOIN login l ON l.id = p.login_id WHERE p.request_id = p_request
$$
