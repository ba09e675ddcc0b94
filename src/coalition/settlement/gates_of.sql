-- What stands in the way of a state of a period now (books.open_gates).
CREATE FUNCTION verbs.gates_of(p_period int, p_state text)
RETURNS TABLE (gate_id bigint, partner_id int, subject text, open_items int, waivers int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT * FROM books.open_gates(p_period, p_state)
$$
