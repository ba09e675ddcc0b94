-- Say how many items of a subject ('RECONCILIATION', 'DISPUTES', 'PAYMENTS') stand, for a partner,
-- in the way of a state of a period. The newest word holds; saying the same again changes nothing,
-- and what was waived for it stays waived.
CREATE FUNCTION books.set_gate(
  p_period int, p_state text, p_partner int, p_subject text, p_open_items int
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_said int;
BEGIN
  -- A step that asks for its gates holds the period meanwhile: it sees all of this or none.
  PERFORM 1 FROM period WHERE id = p_period FOR SHARE;
  SELECT g.open_items INTO v_said FROM period_gate g
   WHERE g.period_id = p_period AND g.state = p_state AND g.partner_id = p_partner
     AND g.subject = p_subject
   ORDER BY g.id DESC LIMIT 1;
  IF p_open_items IS DISTINCT FROM coalesce(v_said, 0) THEN
    INSERT INTO period_gate (period_id, state, partner_id, subject, open_items)
    VALUES (p_period, p_state, p_partner, p_subject, p_open_items);
  END IF;
END $$
