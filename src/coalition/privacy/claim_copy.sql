-- The copy that has waited longest, taken by one worker until p_until.
CREATE FUNCTION verbs.claim_copy(p_lease uuid, p_now timestamptz, p_until timestamptz)
RETURNS TABLE (id bigint, member_id bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  UPDATE data_copy c SET lease = p_lease, leased_until = p_until
   WHERE c.id = (SELECT w.id FROM data_copy w
                  WHERE w.state = 'waiting' AND (w.lease IS NULL OR w.leased_until <= p_now)
                  ORDER BY w.id LIMIT 1 FOR UPDATE SKIP LOCKED)
  RETURNING c.id, c.member_id
$$
