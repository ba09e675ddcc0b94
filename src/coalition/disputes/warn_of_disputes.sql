-- Tell of each deadline of a dispute that is near, until p_until, and not over: once, however often
-- and by how many this is asked.
CREATE FUNCTION verbs.warn_of_disputes(p_now timestamptz, p_until timestamptz)
RETURNS TABLE (dispute_id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  WITH near AS (
    UPDATE dispute d SET warned_of = d.due_at
     WHERE d.authorised IS NULL AND d.due_at BETWEEN p_now AND p_until
       AND d.warned_of IS DISTINCT FROM d.due_at
    RETURNING d.id, d.partner_id
  ), told AS (
    INSERT INTO event (kind, partner_id, subject_id)
    SELECT 44, n.partner_id, n.id FROM near n ORDER BY n.id
  )
  SELECT n.id FROM near n
$$
