-- A brand takes a code in payment, once: of those who show it at once, one is served. A code that
-- is another brand's, that nobody has claimed, or that there is not, is answered alike.
CREATE FUNCTION verbs.use_voucher(
  p_partner int, p_claim uuid, p_hash uuid, p_code_hash bytea, p_reference text,
  p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_claim reward_claim;
  v_earlier reward_claim;
BEGIN
  SELECT * INTO v_claim FROM reward_claim c
   WHERE c.partner_id = p_partner AND c.code_hash = p_code_hash FOR NO KEY UPDATE;
  SELECT * INTO v_earlier FROM reward_claim c WHERE c.use_claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.use_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.member_id, v_earlier.seq;
    RETURN;
  END IF;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_claim.seq IS NULL THEN 'VOUCHER_NOT_FOUND'
    WHEN v_claim.state = 'CANCELLED' THEN 'VOUCHER_CANCELLED'
    WHEN v_claim.state = 'DONE' THEN 'VOUCHER_USED'
    WHEN v_claim.valid_until <= p_now THEN 'VOUCHER_EXPIRED' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE reward_claim c
     SET state = 'DONE', changed_at = p_now, note = p_reference, use_claim = p_claim,
         use_hash = p_hash, money_state = CASE c.money_state WHEN 'DUE' THEN 'PAID'
                                                             ELSE c.money_state END
   WHERE c.member_id = v_claim.member_id AND c.seq = v_claim.seq;
  PERFORM books.tell(14, p_partner, v_claim.member_id, v_claim.seq, p_client, p_request);
  RETURN QUERY SELECT 'USED', v_claim.member_id, v_claim.seq;
END $$
