-- Whoever has the link opens it, once: of those who do at once, one is shown the code. p_key is what
-- its page carried: sent again by the same page since p_since, the answer was lost, and it is shown
-- again. A link that was taken back, and one to a code that was used, given back, or whose time is
-- over, are answered alike. While its giver's spending is locked it waits: a thief may have made it.
CREATE FUNCTION verbs.open_voucher(
  p_gift bigint, p_key bytea, p_since timestamptz, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_gift voucher_gift;
  v_claim reward_claim;
BEGIN
  -- The claim is what a till, the member and others who open it wait for.
  SELECT c.* INTO v_claim FROM reward_claim c
    JOIN voucher_gift g ON g.member_id = c.member_id AND g.claim_seq = c.seq
   WHERE g.id = p_gift FOR NO KEY UPDATE OF c;
  SELECT * INTO v_gift FROM voucher_gift g WHERE g.id = p_gift AND g.taken_back_at IS NULL;
  outcome := CASE
    WHEN v_gift.id IS NULL THEN 'VOUCHER_LINK_NOT_GOOD'
    WHEN v_gift.opened_by = p_key AND v_gift.opened_at > p_since THEN 'REPLAYED'
    WHEN v_gift.opened_at IS NOT NULL THEN 'VOUCHER_OPENED'
    WHEN v_claim.state <> 'CLAIMED' OR v_claim.valid_until <= p_now THEN 'VOUCHER_LINK_NOT_GOOD'
    WHEN books.spending_rests(v_gift.member_id) THEN 'VOUCHER_WAITS'
    ELSE 'OPENED' END;
  IF outcome = 'OPENED' THEN
    UPDATE voucher_gift g SET opened_at = p_now, opened_by = p_key WHERE g.id = p_gift;
    PERFORM books.warn_login(books.login_of(v_gift.member_id), 'VOUCHER_OPENED', '{}', p_now);
    -- The giver's own page is told, and no brand: for it the code is what it was.
    PERFORM books.tell(14, NULL, v_gift.member_id, v_gift.claim_seq, p_client, p_request);
  END IF;
  RETURN NEXT;
END $$
