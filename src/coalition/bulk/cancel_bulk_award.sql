-- Stop a bulk award for good. What it has awarded stands; no further row is. Its file goes at once:
-- else whoever sends and cancels fills the disk of all.
CREATE FUNCTION verbs.cancel_bulk_award(p_partner int, p_bulk bigint, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  UPDATE bulk_award SET state = 'CANCELLED', finished_at = p_now, holder = NULL,
                        leased_until = NULL, reason_code = NULL, reason = NULL
   WHERE id = p_bulk AND partner_id = p_partner
     AND state IN ('UPLOADING', 'CHECKING', 'AWARDING');
  IF FOUND THEN
    DELETE FROM bulk_chunk WHERE bulk_id = p_bulk;
    outcome := 'CANCELLED';
  ELSE
    SELECT state INTO v_state FROM bulk_award WHERE id = p_bulk AND partner_id = p_partner;
    outcome := CASE WHEN v_state IS NULL THEN 'BULK_AWARD_NOT_FOUND'
                    WHEN v_state = 'CANCELLED' THEN 'REPLAYED' ELSE 'BULK_AWARD_ENDED' END;
  END IF;
  RETURN NEXT;
END $$
