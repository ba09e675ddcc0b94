-- A member takes a reward for points: what redeem_points posts, by the brand whose reward it is, at
-- the reward's own cost where it has one; one less in stock, and a code of the pool if it is one
-- with codes. Whoever is refused leaves stock, codes and points as they were.
-- The member is locked before the reward, here and wherever both are.
CREATE FUNCTION verbs.claim_reward(
  p_terms int, p_claim uuid, p_hash uuid, p_member bigint, p_reward bigint, p_version int,
  p_refusal text, p_tiers text[], p_agreement int, p_points bigint, p_cost bigint,
  p_reference text, p_state text, p_cancel_until timestamptz, p_valid_until timestamptz,
  p_grant uuid, p_fresh_since timestamptz, p_now timestamptz, p_today date, p_client text,
  p_request uuid
) RETURNS TABLE (outcome text, seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_reward reward;
  v_version reward_version;
  v_code reward_code;
  v_period int;
  v_taken int;
  v_ticket int;
BEGIN
  PERFORM books.enter_books();
  PERFORM books.lock_circle(p_member);
  SELECT * INTO v_reward FROM reward r WHERE r.id = p_reward;
  IF v_reward.stock IS NOT NULL OR v_reward.kind = 'PRIZE_DRAW' THEN
    SELECT * INTO v_reward FROM reward r WHERE r.id = p_reward FOR NO KEY UPDATE;
  END IF;
  IF v_reward.version <> p_version THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT * INTO v_version FROM reward_version v
   WHERE v.reward_id = p_reward AND v.version = p_version;
  SELECT count(*) INTO v_taken FROM reward_claim c
   WHERE c.reward_id = p_reward AND c.member_id = p_member AND c.state <> 'CANCELLED';
  SELECT s.outcome, s.seq INTO outcome, seq
    FROM books.begin_spending(v_reward.partner_id, p_terms, p_claim, p_hash, 'redemption', 'ID',
      p_member::text,
      CASE WHEN p_refusal IS NOT NULL THEN p_refusal
           WHEN v_reward.withdrawn_at IS NOT NULL THEN 'REWARD_NOT_AVAILABLE'
           WHEN v_version.tier IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM member m WHERE m.member_id = p_member AND m.tier = ANY (p_tiers))
             THEN 'TIER_TOO_LOW'
           WHEN v_taken >= v_version.per_member THEN 'REWARD_LIMIT_REACHED'
           WHEN v_reward.stock = 0 THEN 'OUT_OF_STOCK' END,
      p_points, p_now, p_today, books.is_fresh(p_grant, p_fresh_since), p_client, p_request) s;
  IF outcome <> 'MAY_SPEND' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF v_reward.stock IS NOT NULL THEN
    UPDATE reward r SET stock = r.stock - 1 WHERE r.id = p_reward;
  END IF;
  IF v_reward.kind IN ('VOUCHER', 'GIFT_CARD') THEN
    UPDATE reward_code c SET member_id = p_member, claim_seq = seq
     WHERE c.id = (SELECT f.id FROM reward_code f
                    WHERE f.reward_id = p_reward AND f.member_id IS NULL ORDER BY f.id LIMIT 1)
    RETURNING * INTO v_code;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'A reward counts more codes in stock than there are.';
    END IF;
  END IF;
  UPDATE prize_draw d SET tickets = d.tickets + 1 WHERE d.reward_id = p_reward
  RETURNING d.tickets INTO v_ticket;
  v_period := books.period_of(v_reward.partner_id, p_now);
  INSERT INTO redemption (member_id, seq, partner_id, agreement_id, claim, request_hash, points,
                          reference, redeemed_at, asked_at, reward_id, cost)
  VALUES (p_member, seq, v_reward.partner_id, p_agreement, p_claim, p_hash, p_points, p_reference,
          p_now, p_now, p_reward, p_cost);
  PERFORM books.post_entry(p_member, seq, v_period, 6::smallint, 20::smallint, 30::smallint,
    p_points, v_reward.partner_id, p_agreement, NULL, p_now, p_cost);
  IF books.take_lots(p_member, seq, v_period, 20::smallint, 30::smallint, p_points,
                     v_reward.partner_id, p_now, p_now, p_today) <> p_points THEN
    RAISE EXCEPTION 'The lots of a member do not hold what its balance says.';
  END IF;
  IF p_cost IS NOT NULL THEN
    PERFORM books.share_cost(p_member, seq, p_cost);
  END IF;
  INSERT INTO reward_claim (member_id, seq, partner_id, reward_id, version, kind, points, money,
    code_hash, sealed_code, claimed_at, cancel_until, valid_until, state, money_state, changed_at, ticket)
  VALUES (p_member, seq, v_reward.partner_id, p_reward, p_version, v_reward.kind, p_points,
    v_version.money, v_code.code_hash, v_code.sealed, p_now, p_cancel_until, p_valid_until, p_state,
    CASE WHEN v_version.money IS NOT NULL THEN 'DUE' END, p_now, v_ticket);
  PERFORM books.tell(6, v_reward.partner_id, p_member, seq, p_client, p_request);
  PERFORM books.tell(13, v_reward.partner_id, p_member, seq, p_client, p_request);
  outcome := 'CLAIMED';
  RETURN NEXT;
END $$
