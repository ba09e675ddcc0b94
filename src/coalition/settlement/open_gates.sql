-- What stands in the way of a state of a period now: the newest word of each partner and subject,
-- where items are open and fewer than two different people have waived them.
CREATE FUNCTION books.open_gates(p_period int, p_state text)
RETURNS TABLE (gate_id bigint, partner_id int, subject text, open_items int, waivers int)
LANGUAGE sql STABLE AS $$
  SELECT g.id, g.partner_id, g.subject, g.open_items, w.waivers
    FROM (SELECT DISTINCT ON (state, partner_id, subject) * FROM period_gate
           WHERE period_id = p_period AND state = p_state
           ORDER BY state, partner_id, subject, id DESC) g,
         LATERAL (SELECT count(*)::int AS waivers FROM gate_waiver x WHERE x.gate_id = g.id) w
   WHERE g.open_items > 0 AND w.waivers < 2
   ORDER BY g.partner_id, g.subject
$$
