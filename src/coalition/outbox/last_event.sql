-- The place in the feed at which nothing that is shown is still to come.
CREATE FUNCTION verbs.last_event()
RETURNS TABLE (transaction_id bigint, id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT e.transaction_id::text::bigint, e.id FROM event e
   WHERE e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
   ORDER BY e.transaction_id DESC, e.id DESC LIMIT 1
$$
