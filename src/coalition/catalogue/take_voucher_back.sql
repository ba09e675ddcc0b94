-- A member takes back a link that nobody has opened: it opens nothing any more.
CREATE FUNCTION verbs.take_voucher_back(p_member bigint, p_seq int, p_now timestamptz)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_standing voucher_gift;
BEGIN
  PERFORM 1 FROM reward_claim c
    WHERE c.member_id = p_member AND c.seq = p_seq FOR NO KEY UPDATE;
  outcome := CASE WHEN FOUND THEN 'REPLAYED' ELSE 'CLAIM_NOT_FOUND' END;
  SELECT * INTO v_standing FROM voucher_gift g
   WHERE g.member_id = p_member AND g.claim_seq = p_seq AND g.taken_back_at IS NULL;
  IF v_standing.opened_at IS NOT NULL THEN
    outcome := 'VOUCHER_OPENED';
  ELSIF v_standing.id IS NOT NULL THEN
    UPDATE voucher_gift g SET taken_back_at = p_now WHERE g.id = v_standing.id;
    outcome := 'TAKEN_BACK';
  END IF;
  RETURN NEXT;
END $$
