-- A member takes a card to its account that was nobody's in particular: it had no login and has
-- collected nothing. A card that has entries keeps its member: a balance is not moved by this.
CREATE FUNCTION verbs.claim_card(p_member bigint, p_card text, p_client text, p_request uuid)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_card identifier;
BEGIN
  SELECT * INTO v_card FROM identifier i
   WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_card AND i.state = 'active'
     FOR NO KEY UPDATE;
  -- Who posts to the card's member takes this lock: it has posted, or will find the card gone.
  PERFORM 1 FROM balance b WHERE b.member_id = v_card.member_id FOR NO KEY UPDATE;
  outcome := CASE
    WHEN v_card.member_id IS NULL THEN 'NOT_GOOD'
    WHEN v_card.member_id = p_member THEN 'CLAIMED'
    WHEN books.login_of(v_card.member_id) IS NOT NULL THEN 'NOT_GOOD'
    WHEN EXISTS (SELECT 1 FROM entry e WHERE e.member_id = v_card.member_id) THEN 'CARD_IN_USE' END;
  IF outcome IS NULL THEN
    UPDATE identifier i SET member_id = p_member
     WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_card;
    INSERT INTO member_partner (partner_id, member_id)
    SELECT l.partner_id, p_member FROM member_partner l WHERE l.member_id = v_card.member_id
    ON CONFLICT DO NOTHING;
    PERFORM books.tell(10, NULL, p_member, 0, p_client, p_request);
    outcome := 'CLAIMED';
  END IF;
  IF outcome = 'CLAIMED' THEN
    DELETE FROM card_code k WHERE k.card = p_card;
  END IF;
  RETURN NEXT;
END $$
