-- Hand the statements of a calculated period out: from here on partners see and are told of them.
CREATE FUNCTION verbs.publish_period(p_period int, p_client text, p_grant uuid, p_request uuid)
RETURNS TABLE (outcome text, moved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  moved := false;
  SELECT p.state INTO outcome FROM period p WHERE p.id = p_period FOR UPDATE;
  IF outcome = 'calculated' THEN
    IF EXISTS (SELECT 1 FROM books.open_gates(p_period, 'closed')) THEN
      outcome := 'GATED';
    ELSIF books.step_period(p_period, '{calculated}', 'closed', p_client, p_grant, p_request, NULL)
    THEN
      INSERT INTO event (kind, partner_id, statement_id, client_id, request_id)
      SELECT 11, s.partner_id, s.id, p_client, p_request
        FROM statement s WHERE s.period_id = p_period ORDER BY s.id;
      outcome := 'closed';
      moved := true;
    END IF;
  END IF;
  RETURN NEXT;
END $$
