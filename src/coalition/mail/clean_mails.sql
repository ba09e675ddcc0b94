-- Remove mails that ended before a moment, and those that nobody sent before it was too late, at
-- most p_limit; asked again until nothing is left to remove.
CREATE FUNCTION verbs.clean_mails(p_before timestamptz, p_now timestamptz, p_limit int)
RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM mail WHERE id IN (
    SELECT m.id FROM mail m
     WHERE (m.state <> 'waiting' AND m.due_at < p_before)
        OR (m.state = 'waiting' AND m.best_before < p_now
            AND (m.lease IS NULL OR m.leased_until <= p_now))
     LIMIT p_limit FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN NEXT;
END $$
