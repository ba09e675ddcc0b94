-- A member has a link made that gives one of its codes to whoever opens it. While one stands it is
-- that one. p_most: how many a member has made since p_since at most.
CREATE FUNCTION verbs.give_voucher(
  p_member bigint, p_seq int, p_most int, p_since timestamptz, p_now timestamptz, p_client text,
  p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_claim reward_claim;
  v_standing voucher_gift;
BEGIN
  -- The member first: its links are counted one after the other.
  SELECT CASE WHEN m.status = 'closed' THEN 'MEMBER_CLOSED'
              WHEN m.status = 'suspended' THEN 'MEMBER_SUSPENDED'
              WHEN m.status = 'locked' OR m.spend_locked_at IS NOT NULL THEN 'SPEND_LOCKED' END
    INTO outcome FROM member m WHERE m.member_id = p_member FOR NO KEY UPDATE;
  SELECT * INTO v_claim FROM reward_claim c
   WHERE c.member_id = p_member AND c.seq = p_seq FOR NO KEY UPDATE;
  SELECT * INTO v_standing FROM voucher_gift g
   WHERE g.member_id = p_member AND g.claim_seq = p_seq AND g.taken_back_at IS NULL;
  outcome := coalesce(outcome, CASE
    WHEN v_claim.seq IS NULL THEN 'CLAIM_NOT_FOUND'
    WHEN v_standing.opened_at IS NOT NULL THEN 'VOUCHER_OPENED'
    WHEN v_claim.code_hash IS NULL OR v_claim.state <> 'CLAIMED' OR v_claim.valid_until <= p_now
      THEN 'VOUCHER_NOT_READY'
    WHEN v_standing.id IS NOT NULL THEN 'REPLAYED'
    WHEN (SELECT count(*) FROM voucher_gift g
           WHERE g.member_id = p_member AND g.given_at > p_since) >= p_most
      THEN 'TOO_MANY_VOUCHER_LINKS'
    ELSE 'GIVEN' END);
  IF outcome = 'GIVEN' THEN
    INSERT INTO voucher_gift (member_id, claim_seq, given_at, client_id, request_id)
    VALUES (p_member, p_seq, p_now, p_client, p_request);
  END IF;
  RETURN NEXT;
END $$
