-- A brand's claim goes from the state that the rules judged to the next; whoever comes second finds
-- it there already and is judged again.
CREATE FUNCTION verbs.advance_claim(
  p_partner int, p_member bigint, p_seq int, p_refusal text, p_state text, p_to text,
  p_money_state text, p_money_to text, p_note text, p_now timestamptz, p_client text,
  p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_claim reward_claim;
BEGIN
  SELECT * INTO v_claim FROM reward_claim c
   WHERE c.member_id = p_member AND c.seq = p_seq AND c.partner_id = p_partner FOR NO KEY UPDATE;
  outcome := CASE
    WHEN v_claim.seq IS NULL THEN 'CLAIM_NOT_FOUND'
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN v_claim.state <> p_state OR v_claim.money_state IS DISTINCT FROM p_money_state
      THEN 'TERMS_CHANGED'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN (v_claim.state, v_claim.money_state) IS NOT DISTINCT FROM (p_to, p_money_to)
      THEN 'THERE_ALREADY' END;
  IF outcome IS NULL THEN
    UPDATE reward_claim c
       SET state = p_to, money_state = p_money_to, changed_at = p_now,
           note = coalesce(p_note, c.note)
     WHERE c.member_id = p_member AND c.seq = p_seq;
    PERFORM books.tell(14, p_partner, p_member, p_seq, p_client, p_request);
    outcome := 'ADVANCED';
  END IF;
  RETURN NEXT;
END $$
