-- Delete the content of copies whose time is over; that they were made stays known.
CREATE FUNCTION verbs.end_copies(p_now timestamptz) RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  UPDATE data_copy c SET state = 'ended', content = NULL
   WHERE c.state = 'ready' AND c.expires_at <= p_now;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN NEXT;
END $$
