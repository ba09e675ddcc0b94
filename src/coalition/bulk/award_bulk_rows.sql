-- Award the next rows of a file, write down what came of each, and move on: one transaction, so
-- that whoever is killed here has done all of it or nothing. The first arrays have one element
-- per row; p_sent says which element of the last ones (those of verbs.award_points) it is, null
-- for a row that could not be read, and p_repeats that an earlier row of these sent the same. p_roles: those that
-- may award, one of which the person needs that let the file be sent.
CREATE FUNCTION verbs.award_bulk_rows(
  p_bulk bigint, p_holder uuid, p_first int, p_lease interval,
  p_partner int, p_terms int, p_now timestamptz, p_client text, p_request uuid,
  p_roles text[],
  p_lines int[], p_sent int[], p_repeats boolean[], p_keys text[], p_references text[],
  p_codes text[], p_messages text[], p_fields text[],
  p_claims uuid[], p_hashes uuid[], p_member_kinds text[], p_member_values text[],
  p_refusals text[], p_looked_for text[], p_purchased_at timestamptz[], p_amounts bigint[],
  p_bases bigint[], p_points bigint[], p_agreements int[], p_spendable_from timestamptz[],
  p_expires_on date[], p_stores text[], p_terminals text[], p_channels text[],
  p_purchase_lines jsonb[], p_promotions int[],
  p_share_places int[], p_share_parts int[], p_share_partners int[], p_share_agreements int[],
  p_share_points bigint[]
) RETURNS TABLE (outcome text, state text, awarded int, replayed int, rejected int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_bulk bulk_award;
  v_outcomes text[];
  v_members bigint[];
  v_seqs int[];
BEGIN
  SELECT * INTO v_bulk FROM bulk_award b
   WHERE b.id = p_bulk AND b.partner_id = p_partner AND b.holder = p_holder
     AND b.state = 'AWARDING' AND b.next_place = p_first FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    outcome := 'TAKEN_AWAY';
  ELSIF NOT books.may_post(p_partner) THEN
    outcome := 'PARTNER_SUSPENDED';
  ELSIF NOT v_bulk.built_in AND NOT EXISTS (
      SELECT 1 FROM client c WHERE c.id = v_bulk.client_id AND c.partner_id = p_partner
         AND c.status = 'active' AND 'points:award' = ANY (c.scopes)) THEN
    outcome := 'CLIENT_ENDED';
  ELSIF v_bulk.login_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM login l WHERE l.id = v_bulk.login_id AND l.roles && p_roles
         AND books.login_stands(l.status, l.partner_id, l.member_id)) THEN
    outcome := 'CLIENT_ENDED';
  END IF;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF v_bulk.login_id IS NOT NULL THEN
    INSERT INTO person_request (request_id, login_id, at)
    VALUES (p_request, v_bulk.login_id, p_now) ON CONFLICT DO NOTHING;
  END IF;

  SELECT array_agg(a.outcome ORDER BY a.place), array_agg(a.member_id ORDER BY a.place),
         array_agg(a.seq ORDER BY a.place)
    INTO v_outcomes, v_members, v_seqs
    FROM verbs.award_points(
      p_partner, p_terms, p_now, false, p_client, p_request, p_claims, p_hashes, p_member_kinds,
      p_member_values, p_refusals, p_looked_for, p_purchased_at, p_amounts, p_bases, p_points,
      p_agreements, p_spendable_from, p_expires_on, p_stores, p_terminals, p_channels,
      p_purchase_lines, p_promotions, p_share_places, p_share_parts, p_share_partners,
      p_share_agreements, p_share_points) a;
  IF v_outcomes[1] = 'TERMS_CHANGED' THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;

  RETURN QUERY
  WITH told AS (
    SELECT r.*, CASE WHEN r.sent IS NULL THEN 'REJECTED'
                     WHEN v_outcomes[r.sent] = 'AWARDED' AND r.repeats THEN 'REPLAYED'
                     WHEN v_outcomes[r.sent] IN ('AWARDED', 'REPLAYED') THEN v_outcomes[r.sent]
                     ELSE 'REJECTED' END AS outcome
      FROM unnest(p_lines, p_sent, p_repeats, p_keys, p_references, p_codes, p_messages, p_fields)
           WITH ORDINALITY
           AS r (line, sent, repeats, key, reference, code, message, field, place)
  ), written AS (
    INSERT INTO bulk_result (bulk_id, place, partner_id, line, outcome, idempotency_key, reference,
                             member_id, seq, points, code, message, field)
    SELECT p_bulk, p_first - 1 + t.place, p_partner, t.line, t.outcome, t.key, t.reference,
           CASE WHEN t.outcome <> 'REJECTED' THEN v_members[t.sent] END,
           CASE WHEN t.outcome <> 'REJECTED' THEN v_seqs[t.sent] END,
           CASE WHEN t.outcome <> 'REJECTED' THEN
             (SELECT a.points FROM award a
               WHERE a.member_id = v_members[t.sent] AND a.seq = v_seqs[t.sent]) END,
           CASE WHEN t.outcome = 'REJECTED' THEN coalesce(v_outcomes[t.sent], t.code) END,
           -- What the books refused themselves is put into words when it is read.
           CASE WHEN t.outcome = 'REJECTED' AND coalesce(v_outcomes[t.sent], t.code) = t.code
             THEN t.message END,
           CASE WHEN t.outcome = 'REJECTED' AND coalesce(v_outcomes[t.sent], t.code) = t.code
             THEN t.field END
      FROM told t
    RETURNING outcome, points
  ), counted AS (
    SELECT count(*) FILTER (WHERE w.outcome = 'AWARDED')::int AS awarded,
           count(*) FILTER (WHERE w.outcome = 'REPLAYED')::int AS replayed,
           count(*) FILTER (WHERE w.outcome = 'REJECTED')::int AS rejected,
           coalesce(sum(w.points) FILTER (WHERE w.outcome = 'AWARDED'), 0)::bigint AS points
      FROM written w
  )
  UPDATE bulk_award b SET
      next_place = p_first + cardinality(p_lines),
      awarded = b.awarded + c.awarded, replayed = b.replayed + c.replayed,
      rejected = b.rejected + c.rejected, points = b.points + c.points,
      leased_until = clock_timestamp() + p_lease, reason_code = NULL, reason = NULL,
      state = CASE WHEN p_first + cardinality(p_lines) > b.rows THEN 'DONE' ELSE b.state END,
      finished_at = CASE WHEN p_first + cardinality(p_lines) > b.rows THEN p_now END
    FROM counted c WHERE b.id = p_bulk
  RETURNING 'AWARDED'::text, b.state, c.awarded, c.replayed, c.rejected;
END $$
