-- Remove deliveries, with their attempts, that were delivered or given up and are due no more since
-- before a moment, at most p_limit; asked again until nothing is left to remove. What waits stays,
-- however old it is.
CREATE FUNCTION verbs.clean_webhooks(p_before timestamptz, p_now timestamptz, p_limit int)
RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  -- One that is being replayed or written down at this moment is left for another time. As an array
  -- the rows are chosen once: in a join, a plan may choose anew for each row, and lock and remove more.
  DELETE FROM webhook_delivery WHERE id = ANY (ARRAY (
    SELECT d.id FROM webhook_delivery d
     WHERE d.state <> 'waiting' AND d.due_at < p_before
       AND (d.lease IS NULL OR d.leased_until <= p_now)
     ORDER BY d.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN NEXT;
END $$
