-- The prize of a draw whose time is over. The tickets are put in the order of SHA-256 over the seed
-- and the ticket's number in digits; the first ones win. The seed was fixed, and its hash shown,
-- before anybody bought a ticket: nobody could choose it after, and everybody can draw again.
-- Once: the same draw is answered again.
CREATE FUNCTION verbs.draw_prize(
  p_partner int, p_reward bigint, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_reward reward;
  v_version reward_version;
  v_draw prize_draw;
  v_seed bytea;
  v_ticket record;
  v_drawn int := 0;
BEGIN
  SELECT * INTO v_reward FROM reward r
   WHERE r.id = p_reward AND r.partner_id = p_partner AND r.kind = 'PRIZE_DRAW' FOR UPDATE;
  SELECT * INTO v_version FROM reward_version v
   WHERE v.reward_id = v_reward.id AND v.version = v_reward.version;
  SELECT * INTO v_draw FROM prize_draw d WHERE d.reward_id = v_reward.id;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_reward.id IS NULL THEN 'REWARD_NOT_FOUND'
    WHEN v_draw.drawn_at IS NOT NULL THEN 'DRAWN_BEFORE'
    WHEN v_version.until_at > p_now THEN 'DRAW_NOT_OVER' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT s.seed INTO v_seed FROM prize_seed s WHERE s.reward_id = p_reward;
  FOR v_ticket IN
    SELECT c.member_id, c.seq FROM reward_claim c
     WHERE c.reward_id = p_reward AND c.state = 'CLAIMED'
     ORDER BY sha256(v_seed || convert_to(c.ticket::text, 'UTF8'))
  LOOP
    v_drawn := v_drawn + 1;
    UPDATE reward_claim c
       SET state = CASE WHEN v_drawn <= v_version.winners THEN 'WON' ELSE 'LOST' END,
           changed_at = p_now
     WHERE c.member_id = v_ticket.member_id AND c.seq = v_ticket.seq;
    PERFORM books.tell(14, p_partner, v_ticket.member_id, v_ticket.seq, p_client, p_request);
  END LOOP;
  UPDATE prize_draw d SET seed = v_seed, drawn_at = p_now,
                          winners = least(v_drawn, v_version.winners)
   WHERE d.reward_id = p_reward;
  UPDATE reward r SET withdrawn_at = coalesce(r.withdrawn_at, p_now) WHERE r.id = p_reward;
  outcome := 'DRAWN';
  RETURN NEXT;
END $$
