-- Remove links, used or not, and codes of cards whose time is over.
CREATE FUNCTION verbs.clean_joining(p_now timestamptz) RETURNS TABLE (removed int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_some int;
BEGIN
  -- A mail with a link is not sent after it has ended, and goes by itself.
  DELETE FROM verification v WHERE v.expires_at < p_now;
  GET DIAGNOSTICS removed = ROW_COUNT;
  DELETE FROM card_code k WHERE k.expires_at < p_now;
  GET DIAGNOSTICS v_some = ROW_COUNT;
  removed := removed + v_some;
  RETURN NEXT;
END $$
