-- Set points aside of whoever's token a till was shown: what hold_points does, once per token. A
-- hold that is refused leaves the token as it is twice; the third time ends it, and is told of. So a
-- till cannot ask its way up to what a member has.
CREATE FUNCTION verbs.hold_with_till_token(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_token_hash bytea, p_refusal text,
  p_points bigint, p_reference text, p_store text, p_agreement int, p_occurred_at timestamptz,
  p_expires_at timestamptz, p_now timestamptz, p_today date, p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_token till_token;
  v_trouble text;
  v_most CONSTANT int := 3;
BEGIN
  SELECT * INTO v_token FROM till_token t WHERE t.token_hash = p_token_hash FOR UPDATE;
  v_trouble := CASE
    WHEN v_token.token_hash IS NULL OR v_token.partner_id <> p_partner THEN 'TILL_TOKEN_NOT_FOUND'
    WHEN v_token.used_at IS NOT NULL OR v_token.failures >= v_most THEN 'TILL_TOKEN_USED'
    WHEN v_token.expires_at <= p_now THEN 'TILL_TOKEN_EXPIRED' END;
  SELECT s.outcome, s.member_id, s.seq INTO outcome, member_id, seq
    FROM books.begin_spending(p_partner, p_terms, p_claim, p_hash, 'hold', 'ID',
      coalesce(v_token.member_id, 0)::text, coalesce(v_trouble, p_refusal), p_points, p_now,
      p_today, coalesce(v_token.is_confirmed, false), p_client, p_request) s;
  IF outcome = 'MAY_SPEND' THEN
    UPDATE till_token t SET used_at = p_now WHERE t.token_hash = p_token_hash;
    PERFORM books.set_aside(member_id, seq, p_partner, p_claim, p_hash, p_points, p_reference,
      p_store, p_agreement, p_occurred_at, p_expires_at, p_now, p_today, p_client, p_request);
    outcome := 'HELD';
  ELSIF v_trouble IS NULL
        AND outcome NOT IN ('TERMS_CHANGED', 'REPLAYED', 'IDEMPOTENCY_KEY_REUSED') THEN
    UPDATE till_token t SET failures = t.failures + 1 WHERE t.token_hash = p_token_hash;
    IF v_token.failures + 1 = v_most THEN
      PERFORM books.tell(15, p_partner, v_token.member_id, 0, p_client, p_request);
    END IF;
  END IF;
  RETURN NEXT;
END $$
