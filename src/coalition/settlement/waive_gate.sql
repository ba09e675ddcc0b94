-- One person lets a period pass in spite of what is open for a partner. It passes with the second
-- person; the same person twice is still one.
CREATE FUNCTION verbs.waive_gate(
  p_period int, p_state text, p_partner int, p_subject text, p_reason text, p_client text,
  p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, open_items int, waivers int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_gate bigint;
BEGIN
  PERFORM 1 FROM period WHERE id = p_period FOR UPDATE;
  SELECT g.gate_id, g.open_items INTO v_gate, open_items
    FROM books.open_gates(p_period, p_state) g
   WHERE g.partner_id = p_partner AND g.subject = p_subject;
  IF v_gate IS NULL THEN
    outcome := 'NOTHING_TO_WAIVE';
    RETURN NEXT;
    RETURN;
  END IF;
  INSERT INTO gate_waiver (gate_id, person, client_id, request_id, reason)
  VALUES (v_gate, books.person(p_client, p_grant), p_client, p_request, p_reason)
  ON CONFLICT DO NOTHING;
  SELECT count(*) INTO waivers FROM gate_waiver w WHERE w.gate_id = v_gate;
  outcome := 'WAIVED';
  RETURN NEXT;
END $$
