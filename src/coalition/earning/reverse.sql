-- Take back points of a returned purchase. How many was worked out (rules.points_kept) from
-- p_returned_before; when another return came in between, the answer is RETURNS_CHANGED and
-- the caller reads again. What cannot be taken from the member is owed by it up to
-- p_debt_limit in all, else borne by p_payer.
CREATE FUNCTION verbs.reverse_award(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_refusal text, p_member bigint,
  p_award int, p_returned_before bigint, p_returned bigint, p_points bigint, p_policy text, p_payer text,
  p_debt_limit bigint, p_reason text, p_occurred_at timestamptz, p_now timestamptz, p_today date,
  p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, award_seq int, points bigint,
                 clawed_back bigint, owed bigint, borne bigint, borne_by text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier award_reversal;
  v_award award;
  v_lot lot;
  v_owed bigint;
  v_seq int;
  v_first int;
  v_period int;
  v_own bigint := 0;
  v_taken bigint := 0;
  v_debt bigint := 0;
  v_borne bigint := 0;
BEGIN
  PERFORM books.enter_books();
  IF NOT EXISTS (SELECT 1 FROM programme WHERE version = p_terms) THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT b.owed INTO v_owed FROM balance b WHERE b.member_id = p_member
    FOR NO KEY UPDATE;
  SELECT * INTO v_earlier FROM award_reversal r WHERE r.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.member_id, v_earlier.award_seq, v_earlier.points, v_earlier.clawed_back,
      v_earlier.owed, v_earlier.borne, v_earlier.borne_by;
    RETURN;
  END IF;
  SELECT * INTO v_award FROM award a
   WHERE a.member_id = p_member AND a.seq = p_award AND a.partner_id = p_partner;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_award.seq IS NULL THEN coalesce(p_refusal, 'AWARD_NOT_FOUND')
    WHEN p_returned_before <> (SELECT coalesce(sum(r.returned), 0) FROM award_reversal r
                                WHERE r.member_id = p_member AND r.award_seq = p_award)
      THEN 'RETURNS_CHANGED'
    ELSE p_refusal END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;

  PERFORM books.free_expired_holds(p_member, p_now);
  SELECT b.seq INTO v_seq FROM balance b WHERE b.member_id = p_member;
  v_period := books.period_of(p_partner, p_occurred_at);
  v_first := v_seq + 1;
  v_seq := v_first;
  IF p_points > 0 THEN
    SELECT * INTO v_lot FROM lot l WHERE l.member_id = p_member AND l.seq = p_award;
    IF (v_lot.expires_on IS NULL OR v_lot.expires_on >= p_today)
       AND (p_policy <> 'only_pending' OR v_lot.spendable_from > p_now) THEN
      v_own := least(p_points, v_lot.remaining);
    END IF;
    IF v_own > 0 THEN
      UPDATE lot l SET remaining = l.remaining - v_own
       WHERE l.member_id = p_member AND l.seq = p_award;
      INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                           partner_id, issuer_period_id)
      VALUES (p_member, v_seq, p_award, v_period, 20, 10, v_own, p_partner, p_partner, v_period);
    END IF;
    v_taken := v_own;
    IF p_policy <> 'only_pending' AND v_own < p_points THEN
      v_taken := v_own + books.take_lots(p_member, v_seq, v_period, 20::smallint, 10::smallint,
        p_points - v_own, p_partner, p_occurred_at, p_now, p_today);
    END IF;
    IF v_taken > 0 THEN
      PERFORM books.post_entry(p_member, v_seq, v_period, 2::smallint, 20::smallint, 10::smallint,
        v_taken, p_partner, v_award.agreement_id, p_award, p_occurred_at);
      v_seq := v_seq + 1;
    END IF;
    IF p_policy = 'unlimited' THEN
      v_debt := least(p_points - v_taken, greatest(p_debt_limit - v_owed, 0));
    END IF;
    IF v_debt > 0 THEN
      PERFORM books.post_entry(p_member, v_seq, v_period, 2::smallint, 22::smallint, 10::smallint,
        v_debt, p_partner, v_award.agreement_id, p_award, p_occurred_at);
      v_seq := v_seq + 1;
    END IF;
    v_borne := p_points - v_taken - v_debt;
    IF v_borne > 0 THEN
      PERFORM books.post_entry(p_member, v_seq, v_period, 2::smallint,
        CASE p_payer WHEN 'issuer' THEN 50 ELSE 51 END::smallint, 10::smallint,
        v_borne, p_partner, v_award.agreement_id, p_award, p_occurred_at);
      v_seq := v_seq + 1;
    END IF;
  END IF;
  -- A return that takes nothing back has its place all the same.
  UPDATE balance b SET seq = v_first WHERE b.member_id = p_member AND b.seq < v_first;
  INSERT INTO award_reversal (member_id, seq, award_seq, partner_id, claim, request_hash, returned,
                              points, clawed_back, owed, borne, borne_by, reason, occurred_at)
  VALUES (p_member, v_first, p_award, p_partner, p_claim, p_hash, p_returned, p_points, v_taken,
          v_debt, v_borne, CASE WHEN v_borne > 0 THEN p_payer END, p_reason, p_occurred_at);
  PERFORM books.tell(2, p_partner, p_member, v_first, p_client, p_request);
  RETURN QUERY SELECT 'REVERSED', p_member, p_award, p_points, v_taken, v_debt, v_borne,
    CASE WHEN v_borne > 0 THEN p_payer END;
END $$
