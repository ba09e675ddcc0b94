-- A claim is given up: its points go back into their lots at the price and cost that they were
-- spent at, as those of a refund do. p_returns: what was claimed is in stock again; a code never
-- is, it stays with the claim and is taken nowhere any more. p_state is what the rules judged, and
-- p_is_given whether somebody whom the member gave the code to has seen it; null: a brand asks, to
-- which that is the same.
CREATE FUNCTION verbs.cancel_claim(
  p_terms int, p_claim uuid, p_hash uuid, p_refusal text, p_member bigint, p_seq int,
  p_state text, p_returns boolean, p_is_given boolean, p_reason text, p_grace_days int, p_now timestamptz,
  p_today date, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier refund;
  v_claim reward_claim;
  v_redemption redemption;
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
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    RETURN NEXT;
    RETURN;
  END IF;
  -- A draw holds the reward while it decides: then a ticket is in it or given back.
  PERFORM 1 FROM reward r
   WHERE r.id = (SELECT c.reward_id FROM reward_claim c
                  WHERE c.member_id = p_member AND c.seq = p_seq) FOR NO KEY UPDATE;
  SELECT * INTO v_claim FROM reward_claim c
   WHERE c.member_id = p_member AND c.seq = p_seq FOR NO KEY UPDATE;
  outcome := CASE
    WHEN v_claim.seq IS NULL THEN 'CLAIM_NOT_FOUND'
    WHEN NOT books.may_post(v_claim.partner_id) THEN 'PARTNER_SUSPENDED'
    WHEN v_claim.state <> p_state OR p_is_given <> EXISTS (
           SELECT 1 FROM voucher_gift g
            WHERE g.member_id = p_member AND g.claim_seq = p_seq AND g.opened_at IS NOT NULL)
      THEN 'TERMS_CHANGED'
    WHEN p_refusal IS NOT NULL THEN p_refusal END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  -- What time has ended is posted first: else it would come back to life with its lot.
  PERFORM books.free_expired_holds(p_member, p_now);
  PERFORM books.end_lots(p_member, p_today);
  SELECT * INTO v_redemption FROM redemption r WHERE r.member_id = p_member AND r.seq = p_seq;
  SELECT b.seq + 1 INTO v_seq FROM balance b WHERE b.member_id = p_member;
  v_period := books.period_of(v_claim.partner_id, p_now);
  INSERT INTO refund (member_id, seq, redemption_seq, partner_id, claim, request_hash, points,
                      reason, occurred_at, extends_to)
  VALUES (p_member, v_seq, p_seq, v_claim.partner_id, p_claim, p_hash, v_claim.points, p_reason,
          p_now, CASE WHEN p_grace_days > 0 AND EXISTS (
            SELECT 1 FROM lot_use u JOIN lot l ON l.member_id = u.member_id AND l.seq = u.lot_seq
             WHERE u.member_id = p_member AND u.seq = p_seq AND l.expires_on < p_today)
          THEN p_today + p_grace_days END);
  PERFORM books.post_entry(p_member, v_seq, v_period, 7::smallint, 30::smallint, 20::smallint,
    v_claim.points, v_claim.partner_id, v_redemption.agreement_id, p_seq, p_now,
    v_redemption.cost);
  PERFORM books.give_back(p_member, p_seq, v_seq, v_period, v_claim.points, v_claim.partner_id,
                          p_grace_days, p_now, p_today);
  INSERT INTO cost_share (member_id, seq, lot_seq, period_id, issuer_id, cost)
  SELECT p_member, v_seq, s.lot_seq, v_period, s.issuer_id, s.cost
    FROM cost_share s WHERE s.member_id = p_member AND s.seq = p_seq;
  UPDATE reward_claim c
     SET state = 'CANCELLED', changed_at = p_now, refund_seq = v_seq,
         money_state = CASE c.money_state WHEN 'PAID' THEN 'TO_REPAY' WHEN 'DUE' THEN 'NOTHING_DUE'
                                          ELSE c.money_state END
   WHERE c.member_id = p_member AND c.seq = p_seq;
  IF p_returns THEN
    UPDATE reward r SET stock = r.stock + 1 WHERE r.id = v_claim.reward_id;
  END IF;
  PERFORM books.tell(7, v_claim.partner_id, p_member, v_seq, p_client, p_request);
  PERFORM books.tell(14, v_claim.partner_id, p_member, p_seq, p_client, p_request);
  outcome := 'CANCELLED';
  RETURN NEXT;
END $$
