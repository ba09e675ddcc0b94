-- Remove tokens that have been over for a day. Returns how many.
CREATE FUNCTION verbs.clean_till_tokens(p_before timestamptz)
RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  DELETE FROM till_token t WHERE t.expires_at < p_before;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN NEXT;
END $$
