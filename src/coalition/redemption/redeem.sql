-- Spend points of a member at a partner in one step: what hold and capture would do together.
CREATE FUNCTION verbs.redeem_points(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_member_kind text, p_member_value text,
  p_refusal text, p_points bigint, p_reference text, p_store text, p_agreement int,
  p_occurred_at timestamptz, p_now timestamptz, p_today date, p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_seq int;
  v_period int;
BEGIN
  SELECT s.outcome, s.member_id, s.seq INTO outcome, member_id, seq
    FROM books.begin_spending(p_partner, p_terms, p_claim, p_hash, 'redemption', p_member_kind,
      p_member_value, p_refusal, p_points, p_now, p_today, false, p_client, p_request) s;
  IF outcome <> 'MAY_SPEND' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  v_seq := seq;
  v_period := books.period_of(p_partner, p_occurred_at);
  INSERT INTO redemption (member_id, seq, partner_id, agreement_id, claim, request_hash, points,
                          reference, store_code, redeemed_at, asked_at)
  VALUES (member_id, v_seq, p_partner, p_agreement, p_claim, p_hash, p_points, p_reference,
          p_store, p_occurred_at, p_now);
  PERFORM books.post_entry(member_id, v_seq, v_period, 6::smallint, 20::smallint, 30::smallint,
    p_points, p_partner, p_agreement, NULL, p_occurred_at);
  IF books.take_lots(member_id, v_seq, v_period, 20::smallint, 30::smallint, p_points, p_partner,
                     p_occurred_at, p_now, p_today) <> p_points THEN
    RAISE EXCEPTION 'The lots of a member do not hold what its balance says.';
  END IF;
  PERFORM books.tell(6, p_partner, member_id, v_seq, p_client, p_request);
  outcome := 'REDEEMED';
  RETURN NEXT;
END $$
