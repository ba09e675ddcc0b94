-- Take back points of a returned purchase. How many was worked out (rules.points_kept) from
-- p_returned_before; when another return came in between, the answer is RETURNS_CHANGED and
-- the caller reads again. Points that several partners gave are taken back from each of them
-- (p_share_seqs: the places of their lots). What cannot be taken from the member is owed by it up
-- to p_debt_limit in all, else borne by p_payer.
CREATE FUNCTION verbs.reverse_award(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_refusal text, p_member bigint,
  p_award int, p_returned_before bigint, p_returned bigint, p_share_seqs int[],
  p_share_points bigint[], p_policy text, p_payer text, p_debt_limit bigint, p_reason text, p_occurred_at timestamptz, p_now timestamptz, p_today date,
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
  v_points bigint := 0;
  v_taken bigint := 0;
  v_debt bigint := 0;
  v_borne bigint := 0;
  v_share record;
  v_parts record;
BEGIN
  PERFORM books.enter_books();
  IF NOT EXISTS (SELECT 1 FROM programme WHERE version = p_terms) THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM books.lock_circle(p_member);
  SELECT b.owed INTO v_owed FROM balance b WHERE b.member_id = p_member;
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
  v_first := v_seq + 1;
  v_seq := v_first;
  FOR v_share IN
    SELECT s.seq, s.points FROM unnest(p_share_seqs, p_share_points) WITH ORDINALITY
        AS s (seq, points, place) WHERE s.points > 0 ORDER BY s.place
  LOOP
    SELECT * INTO v_lot FROM lot l WHERE l.member_id = p_member AND l.seq = v_share.seq;
    SELECT * INTO v_parts FROM books.take_back(v_lot, v_seq, v_share.points, p_policy, p_payer,
      greatest(p_debt_limit - v_owed - v_debt, 0), p_occurred_at, p_now, p_today);
    v_seq := v_parts.next_seq;
    v_points := v_points + v_share.points;
    v_taken := v_taken + v_parts.taken;
    v_debt := v_debt + v_parts.debt;
    v_borne := v_borne + v_parts.borne;
    IF v_award.promotion_id IS NOT NULL THEN
      INSERT INTO award_share (member_id, act_seq, partner_id, award_seq, entry_seq, awarded_by,
                               agreement_id, points)
      VALUES (p_member, v_first, v_lot.issuer_id, p_award, v_share.seq, p_partner,
              v_lot.agreement_id, -v_share.points);
    END IF;
    PERFORM books.repay_allowance(p_member, v_share.seq, v_first, v_share.points,
      books.period_of(v_lot.issuer_id, p_occurred_at));
  END LOOP;
  -- A return that takes nothing back has its place all the same.
  UPDATE balance b SET seq = v_first WHERE b.member_id = p_member AND b.seq < v_first;
  INSERT INTO award_reversal (member_id, seq, award_seq, partner_id, claim, request_hash, returned,
                              points, clawed_back, owed, borne, borne_by, reason, occurred_at)
  VALUES (p_member, v_first, p_award, p_partner, p_claim, p_hash, p_returned, v_points, v_taken,
          v_debt, v_borne, CASE WHEN v_borne > 0 THEN p_payer END, p_reason, p_occurred_at);
  PERFORM books.tell(2, p_partner, p_member, v_first, p_client, p_request);
  RETURN QUERY SELECT 'REVERSED', p_member, p_award, v_points, v_taken, v_debt, v_borne,
    CASE WHEN v_borne > 0 THEN p_payer END;
END $$
