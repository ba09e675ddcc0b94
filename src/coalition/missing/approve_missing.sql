-- A brand gives the points that were missing: what award_points posts for the purchase, in one
-- transaction with the end of the report. What award_points refuses leaves the report as it was.
-- The member is locked before the report, here and wherever both are.
CREATE FUNCTION verbs.approve_missing(
  p_claim uuid, p_hash uuid, p_missing bigint, p_from text, p_to text, p_message text,
  p_partner int, p_terms int, p_now timestamptz, p_client text, p_grant uuid, p_request uuid,
  p_claims uuid[], p_hashes uuid[], p_member_kinds text[], p_member_values text[],
  p_refusals text[], p_references text[], p_purchased_at timestamptz[], p_amounts bigint[],
  p_bases bigint[], p_points bigint[], p_agreements int[], p_spendable_from timestamptz[],
  p_expires_on date[], p_stores text[], p_terminals text[], p_channels text[], p_lines jsonb[],
  p_promotions int[],
  p_share_places int[], p_share_parts int[], p_share_partners int[], p_share_agreements int[],
  p_share_points bigint[]
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_missing missing_purchase;
  v_earlier missing_step;
  v_awarded record;
BEGIN
  PERFORM books.enter_books();
  PERFORM 1 FROM balance b
    JOIN missing_purchase m ON m.member_id = b.member_id
   WHERE m.id = p_missing AND m.partner_id = p_partner FOR NO KEY UPDATE OF b;
  SELECT * INTO v_missing FROM missing_purchase m
   WHERE m.id = p_missing AND m.partner_id = p_partner FOR UPDATE;
  SELECT * INTO v_earlier FROM missing_step s WHERE s.claim = p_claim;
  outcome := CASE
    WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
    WHEN v_earlier.id IS NOT NULL THEN 'IDEMPOTENCY_KEY_REUSED'
    WHEN v_missing.id IS NULL THEN 'MISSING_PURCHASE_NOT_FOUND'
    WHEN v_missing.state <> p_from THEN 'CHANGED'
    WHEN p_to IS NULL THEN 'MISSING_PURCHASE_DECIDED' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT a.outcome, a.seq INTO v_awarded
    FROM verbs.award_points(
      p_partner, p_terms, p_now, false, p_client, p_request, p_claims, p_hashes, p_member_kinds,
      p_member_values, p_refusals, p_references, p_purchased_at, p_amounts, p_bases, p_points,
      p_agreements, p_spendable_from, p_expires_on, p_stores, p_terminals, p_channels, p_lines,
      p_promotions, p_share_places, p_share_parts, p_share_partners, p_share_agreements,
      p_share_points) a;
  outcome := v_awarded.outcome;
  IF outcome IN ('AWARDED', 'REPLAYED') THEN
    UPDATE missing_purchase m
       SET state = p_to, due_at = NULL, changed_at = p_now, award_seq = v_awarded.seq
     WHERE m.id = p_missing;
    INSERT INTO missing_step (missing_id, member_id, partner_id, side, kind, state, claim,
                              request_hash, message, occurred_at, person, client_id, request_id)
    VALUES (p_missing, v_missing.member_id, p_partner, 'PARTNER', 'APPROVAL', p_to, p_claim,
            p_hash, p_message, p_now, books.person(p_client, p_grant), p_client, p_request);
    PERFORM books.tell_of_missing(66, p_missing, p_client, p_request);
    outcome := 'APPROVED';
  END IF;
  RETURN NEXT;
END $$
