-- Spend what a hold set aside, all or part of it; the rest goes back to its lots. A hold ends
-- once: whoever comes second finds it resolved.
CREATE FUNCTION verbs.capture_hold(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_refusal text, p_member bigint,
  p_hold int, p_points bigint, p_agreement int, p_occurred_at timestamptz, p_now timestamptz,
  p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, seq int, hold_seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier redemption;
  v_hold hold;
  v_use record;
  v_points bigint;
  v_left bigint;
  v_part bigint;
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
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  SELECT * INTO v_earlier FROM redemption r WHERE r.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.member_id, v_earlier.seq, v_earlier.hold_seq;
    RETURN;
  END IF;
  SELECT * INTO v_hold FROM hold h
   WHERE h.member_id = p_member AND h.seq = p_hold AND h.partner_id = p_partner;
  v_points := coalesce(p_points, v_hold.points);
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_hold.seq IS NULL THEN 'HOLD_NOT_FOUND'
    WHEN v_hold.state IN ('captured', 'released') THEN 'HOLD_ALREADY_RESOLVED'
    WHEN v_hold.state = 'expired' OR v_hold.expires_at <= p_now THEN 'HOLD_EXPIRED'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN v_points > v_hold.points THEN 'MORE_THAN_HELD' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;

  v_period := books.period_of(p_partner, p_occurred_at);
  UPDATE hold h SET state = 'captured', resolved_at = clock_timestamp()
   WHERE h.member_id = p_member AND h.seq = p_hold;
  INSERT INTO redemption (member_id, seq, partner_id, agreement_id, claim, request_hash, points,
                          reference, store_code, hold_seq, redeemed_at, asked_at)
  VALUES (p_member, v_seq, p_partner, p_agreement, p_claim, p_hash, v_points, v_hold.reference,
          v_hold.store_code, p_hold, p_occurred_at, v_hold.asked_at);
  PERFORM books.post_entry(p_member, v_seq, v_period, 6::smallint, 21::smallint, 30::smallint,
    v_points, p_partner, p_agreement, NULL, p_occurred_at);
  v_left := v_points;
  FOR v_use IN
    SELECT u.lot_seq, u.points, u.issuer_id FROM lot_use u
      JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
     WHERE u.member_id = p_member AND u.seq = p_hold
     ORDER BY l.expires_on, l.earned_at, l.seq
  LOOP
    EXIT WHEN v_left = 0;
    v_part := least(v_use.points, v_left);
    UPDATE lot l SET held = l.held - v_part WHERE l.member_id = p_member AND l.seq = v_use.lot_seq;
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, v_seq, v_use.lot_seq, v_period, 21, 30, v_part, v_use.issuer_id, p_partner,
            books.period_of(v_use.issuer_id, p_occurred_at));
    v_left := v_left - v_part;
  END LOOP;
  IF v_points < v_hold.points THEN
    PERFORM books.free_hold(p_member, p_hold, v_seq + 1, v_hold.points - v_points, p_occurred_at);
  END IF;
  PERFORM books.tell(6, p_partner, p_member, v_seq, p_client, p_request);
  RETURN QUERY SELECT 'CAPTURED', p_member, v_seq, p_hold;
END $$
