-- Give all of a hold back. A hold ends once.
CREATE FUNCTION verbs.release_hold(
  p_partner int, p_claim uuid, p_hash uuid, p_member bigint, p_hold int,
  p_occurred_at timestamptz, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier hold;
  v_hold hold;
  v_seq int;
BEGIN
  PERFORM books.enter_books();
  PERFORM books.lock_circle(p_member);
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  SELECT * INTO v_earlier FROM hold h WHERE h.release_claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.release_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.member_id, v_earlier.seq;
    RETURN;
  END IF;
  SELECT * INTO v_hold FROM hold h
   WHERE h.member_id = p_member AND h.seq = p_hold AND h.partner_id = p_partner;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_hold.seq IS NULL THEN 'HOLD_NOT_FOUND'
    WHEN v_hold.state IN ('captured', 'released') THEN 'HOLD_ALREADY_RESOLVED'
    WHEN v_hold.state = 'expired' OR v_hold.expires_at <= p_now THEN 'HOLD_EXPIRED' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE hold h SET state = 'released', resolved_at = clock_timestamp(), release_claim = p_claim,
                    release_hash = p_hash
   WHERE h.member_id = p_member AND h.seq = p_hold;
  PERFORM books.free_hold(p_member, p_hold, v_seq, v_hold.points, p_occurred_at);
  PERFORM books.tell(4, p_partner, p_member, p_hold, p_client, p_request);
  RETURN QUERY SELECT 'RELEASED', p_member, p_hold;
END $$
