-- Give redeemed points back to the very lots they came from, at the price they were redeemed at.
-- What was taken last goes back first. A lot that ended meanwhile is open again for
-- p_grace_days; its own last day stays on record.
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
  v_use record;
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
  PERFORM 1 FROM balance b WHERE b.member_id = p_member FOR NO KEY UPDATE;
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
  v_left := v_points;
  FOR v_use IN
    SELECT u.lot_seq, u.issuer_id, u.points - coalesce(
             (SELECT sum(back.points) FROM lot_use back
                JOIN refund r ON r.member_id = back.member_id AND r.seq = back.seq
               WHERE back.member_id = p_member AND r.redemption_seq = p_redemption
                 AND back.lot_seq = u.lot_seq), 0) AS open
      FROM lot_use u
      JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
     WHERE u.member_id = p_member AND u.seq = p_redemption
     ORDER BY coalesce(l.extended_from, l.expires_on) DESC, l.earned_at DESC, l.seq DESC
  LOOP
    CONTINUE WHEN v_use.open <= 0;
    EXIT WHEN v_left = 0;
    v_part := least(v_use.open, v_left);
    UPDATE lot l SET remaining = l.remaining + v_part,
        extended_from = CASE WHEN l.expires_on < p_today AND p_grace_days > 0
                             THEN coalesce(l.extended_from, l.expires_on) ELSE l.extended_from END,
        expires_on = CASE WHEN l.expires_on < p_today AND p_grace_days > 0
                          THEN p_today + p_grace_days ELSE l.expires_on END
     WHERE l.member_id = p_member AND l.seq = v_use.lot_seq;
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    VALUES (p_member, v_seq, v_use.lot_seq, v_period, 30, 20, v_part, v_use.issuer_id, p_partner,
            books.period_of(v_use.issuer_id, p_occurred_at));
    v_left := v_left - v_part;
  END LOOP;
  IF v_left > 0 THEN
    RAISE EXCEPTION 'A redemption has fewer points in its lots than it may give back.';
  END IF;
  PERFORM books.tell(7, p_partner, p_member, v_seq, p_client, p_request);
  RETURN QUERY SELECT 'REFUNDED', p_member, p_redemption, v_points;
END $$
