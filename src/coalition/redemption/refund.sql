-- Give redeemed points back to the very lots they came from, at the price they were redeemed at.
-- What was spent on a reward comes back as a whole, when its claim is cancelled.
CREATE FUNCTION verbs.refund_redemption(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_refusal text, p_member bigint,
  p_redemption int, p_points bigint, p_reason text, p_grace_days int, p_occurred_at timestamptz,
  p_now timestamptz, p_today date, p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, redemption_seq int, points bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier refund;
  v_redemption redemption;
  v_refunded bigint;
  v_points bigint;
  v_seq int;
  v_period int;
BEGIN
  PERFORM books.enter_books();
  IF NOT EXISTS (SELECT 1 FROM programme WHERE version = p_terms) THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM books.lock_circle(p_member);
  SELECT * INTO v_earlier FROM refund r WHERE r.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.member_id, v_earlier.redemption_seq, v_earlier.points;
    RETURN;
  END IF;
  SELECT * INTO v_redemption FROM redemption r
   WHERE r.member_id = p_member AND r.seq = p_redemption AND r.partner_id = p_partner;
  SELECT coalesce(sum(r.points), 0) INTO v_refunded FROM refund r
   WHERE r.member_id = p_member AND r.redemption_seq = p_redemption;
  v_points := coalesce(p_points, v_redemption.points - v_refunded);
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_redemption.seq IS NULL THEN 'REDEMPTION_NOT_FOUND'
    WHEN v_redemption.reward_id IS NOT NULL THEN 'SPENT_ON_A_REWARD'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN v_points > v_redemption.points - v_refunded OR v_points = 0 THEN 'MORE_THAN_REDEEMED' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;

  -- What time has ended is posted first: else it would come back to life with its lot.
  PERFORM books.free_expired_holds(p_member, p_now);
  PERFORM books.end_lots(p_member, p_today);
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  v_period := books.period_of(p_partner, p_occurred_at);
  INSERT INTO refund (member_id, seq, redemption_seq, partner_id, claim, request_hash, points,
                      reason, occurred_at, extends_to)
  VALUES (p_member, v_seq, p_redemption, p_partner, p_claim, p_hash, v_points, p_reason,
          p_occurred_at, CASE WHEN p_grace_days > 0 AND EXISTS (
            SELECT 1 FROM lot_use u JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
             WHERE u.member_id = p_member AND u.seq = p_redemption AND l.expires_on < p_today)
          THEN p_today + p_grace_days END);
  PERFORM books.post_entry(p_member, v_seq, v_period, 7::smallint, 30::smallint, 20::smallint,
    v_points, p_partner, v_redemption.agreement_id, p_redemption, p_occurred_at);
  PERFORM books.give_back(p_member, p_redemption, v_seq, v_period, v_points, p_partner, p_grace_days,
                          p_occurred_at, p_today);
  PERFORM books.tell(7, p_partner, p_member, v_seq, p_client, p_request);
  RETURN QUERY SELECT 'REFUNDED', p_member, p_redemption, v_points;
END $$
