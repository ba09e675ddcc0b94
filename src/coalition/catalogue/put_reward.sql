-- A reward as it is from now on: a new one, or the next version of one that a brand has. Claims
-- keep the version that they were made under. p_stock is how many there are from now on; of
-- those with codes the codes are counted (load_codes). A prize draw is given its seed once, and
-- stays as it is from its first ticket on.
CREATE FUNCTION verbs.put_reward(
  p_partner int, p_claim uuid, p_hash uuid, p_code text, p_kind text, p_texts jsonb,
  p_category text, p_image bytea, p_points bigint, p_money bigint, p_currency text, p_stock bigint,
  p_per_member int, p_from timestamptz, p_until timestamptz, p_tier text, p_place text,
  p_face_value bigint, p_cost_basis text, p_cost bigint, p_cancel_hours int, p_valid_days int,
  p_winners int, p_charity text, p_seed bytea, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text, reward_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier record;
  v_reward reward;
BEGIN
  -- Two versions of one brand's reward take turns, or both would be the next one.
  PERFORM 1 FROM partner p WHERE p.id = p_partner FOR NO KEY UPDATE;
  SELECT v.reward_id, v.request_hash INTO v_earlier FROM reward_version v WHERE v.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    reward_id := v_earlier.reward_id;
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT * INTO v_reward FROM reward r
   WHERE r.partner_id = p_partner AND r.code = p_code FOR NO KEY UPDATE;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_reward.kind <> p_kind THEN 'REWARD_KIND_FIXED'
    WHEN p_image IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM reward_image i WHERE i.hash = p_image) THEN 'REWARD_IMAGE_NOT_FOUND'
    WHEN EXISTS (SELECT 1 FROM prize_draw d
                  WHERE d.reward_id = v_reward.id AND d.tickets > 0) THEN 'PRIZE_DRAW_BEGUN' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF v_reward.id IS NULL THEN
    INSERT INTO reward (partner_id, code, kind, version, stock, created_at)
    VALUES (p_partner, p_code, p_kind, 1,
            CASE WHEN p_kind IN ('VOUCHER', 'GIFT_CARD') THEN 0 ELSE p_stock END, p_now)
    RETURNING * INTO v_reward;
    IF p_kind = 'PRIZE_DRAW' THEN
      INSERT INTO prize_seed (reward_id, seed) VALUES (v_reward.id, p_seed);
      INSERT INTO prize_draw (reward_id, partner_id, commitment)
      VALUES (v_reward.id, p_partner, sha256(p_seed));
    END IF;
  ELSE
    UPDATE reward r SET version = r.version + 1, withdrawn_at = NULL,
           stock = CASE WHEN p_kind IN ('VOUCHER', 'GIFT_CARD') THEN r.stock ELSE p_stock END
     WHERE r.id = v_reward.id RETURNING * INTO v_reward;
  END IF;
  INSERT INTO reward_version (reward_id, version, partner_id, claim, request_hash, texts, category,
    image_hash, points, money, currency, per_member, from_at, until_at, tier, place, face_value,
    cost_basis, cost, cancel_hours, valid_days, winners, charity, client_id, request_id)
  VALUES (v_reward.id, v_reward.version, p_partner, p_claim, p_hash, p_texts, p_category, p_image,
    p_points, p_money, p_currency, p_per_member, p_from, p_until, p_tier, p_place, p_face_value,
    p_cost_basis, p_cost, p_cancel_hours, p_valid_days, p_winners, p_charity, p_client, p_request);
  outcome := 'PUT';
  reward_id := v_reward.id;
  RETURN NEXT;
END $$
