-- Codes to be given out for a reward. One that the brand has loaded before, for whichever reward,
-- is not loaded again: its place in the list is answered. Each of the others is one more in stock.
CREATE FUNCTION verbs.load_codes(
  p_partner int, p_reward bigint, p_hashes bytea[], p_sealed bytea[]
) RETURNS TABLE (outcome text, place int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_reward reward;
  v_new bytea[];
BEGIN
  SELECT * INTO v_reward FROM reward r
   WHERE r.id = p_reward AND r.partner_id = p_partner FOR NO KEY UPDATE;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_reward.id IS NULL THEN 'REWARD_NOT_FOUND'
    WHEN v_reward.kind NOT IN ('VOUCHER', 'GIFT_CARD') THEN 'REWARD_TAKES_NO_CODES' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  WITH given AS (
    SELECT DISTINCT ON (c.hash) c.hash, c.sealed, c.place
      FROM unnest(p_hashes, p_sealed) WITH ORDINALITY AS c (hash, sealed, place)
     ORDER BY c.hash, c.place
  ), loaded AS (
    INSERT INTO reward_code (reward_id, partner_id, code_hash, sealed)
    SELECT p_reward, p_partner, g.hash, g.sealed FROM given g ORDER BY g.place
    ON CONFLICT (partner_id, code_hash) DO NOTHING
    RETURNING code_hash
  )
  SELECT coalesce(array_agg(l.code_hash), '{}') INTO v_new FROM loaded l;
  UPDATE reward r SET stock = r.stock + cardinality(v_new) WHERE r.id = p_reward;
  outcome := 'LOADED';
  RETURN NEXT;
  RETURN QUERY
  SELECT 'CODE_KNOWN', c.place::int
    FROM unnest(p_hashes) WITH ORDINALITY AS c (hash, place)
   WHERE NOT c.hash = ANY (v_new)
      OR EXISTS (SELECT 1 FROM unnest(p_hashes) WITH ORDINALITY AS b (hash, place)
                  WHERE b.hash = c.hash AND b.place < c.place)
   ORDER BY 2;
END $$
