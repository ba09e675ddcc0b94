-- One step of a period that needs nothing written but the step itself. Whoever comes second finds
-- the period further on and is answered the state that it is in; GATED: something stands in the
-- way (books.open_gates).
CREATE FUNCTION verbs.step_onwards(
  p_period int, p_from text, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, moved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_to text := CASE p_from WHEN 'closing' THEN 'reconciling' WHEN 'final' THEN 'instructed'
                           WHEN 'instructed' THEN 'settled' WHEN 'settled' THEN 'locked' END;
BEGIN
  moved := false;
  SELECT state INTO outcome FROM period WHERE id = p_period FOR UPDATE;
  IF outcome = p_from THEN
    IF EXISTS (SELECT 1 FROM books.open_gates(p_period, v_to)) THEN
      outcome := 'GATED';
    ELSIF books.step_period(p_period, ARRAY[p_from], v_to, p_client, p_grant, p_request, NULL) THEN
      outcome := v_to;
      moved := true;
    END IF;
  END IF;
  RETURN NEXT;
END $$
