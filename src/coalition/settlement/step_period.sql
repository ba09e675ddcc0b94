-- Lead a period from one of the states `p_from` into the state `p_to`, and write down who did.
-- False: it was not in any of them, and nothing is changed.
CREATE FUNCTION books.step_period(
  p_period int, p_from text[], p_to text, p_client text, p_grant uuid, p_request uuid,
  p_reason text
) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE period SET state = p_to WHERE id = p_period AND state = ANY (p_from);
  IF FOUND THEN
    INSERT INTO period_step (period_id, state, person, client_id, request_id, reason)
    VALUES (p_period, p_to, books.person(p_client, p_grant), p_client, p_request, p_reason);
  END IF;
  RETURN FOUND;
END $$
