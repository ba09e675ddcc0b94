-- What is done to a member or to one of its identifiers, with who did it and why:
--   STATUS  p_value is the new status (the operator only; docs/glossary.md)
--   BLOCK   p_value is the card that earns and spends no more
--   REPLACE p_value is the card that ends, p_new_value the one that takes its place; balance,
--           lots and their last days stay as they are
--   TIER    p_value is the code of its tier from now on, or null (the operator only)
--   LOCK    the member spends nothing until it takes that back (the member itself); it is told of
--           by mail, as is the end of it
--   UNLOCK  it spends again. It must just have shown that it is it (p_grant, p_fresh_since): who
--           found its telephone must not
--   CONFIRM it spends beyond patterns and limits until p_until; the same is asked of it
-- A partner may block and replace cards of members that are linked to it.
CREATE FUNCTION verbs.change_member(
  p_partner int, p_client text, p_request uuid, p_claim uuid, p_hash uuid, p_what text, p_member bigint,
  p_value text, p_new_value text, p_reason text, p_grant uuid, p_fresh_since timestamptz,
  p_until timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text, member_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier member_change;
  v_card identifier;
  v_member bigint := p_member;
  v_was_locked boolean;
BEGIN
  -- The lock comes first: who waited for it sees what the one before has done.
  IF p_member IS NOT NULL THEN
    SELECT m.spend_locked_at IS NOT NULL INTO v_was_locked
      FROM member m WHERE m.member_id = v_member FOR NO KEY UPDATE;
  ELSE
    SELECT * INTO v_card FROM identifier i
     WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_value FOR NO KEY UPDATE;
    v_member := v_card.member_id;
  END IF;
  SELECT * INTO v_earlier FROM member_change c WHERE c.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.member_id;
    RETURN;
  END IF;
  outcome := CASE
    WHEN NOT EXISTS (SELECT 1 FROM member m WHERE m.member_id = v_member) THEN 'MEMBER_NOT_FOUND'
    WHEN p_partner IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM member_partner l WHERE l.partner_id = p_partner AND l.member_id = v_member)
      THEN 'MEMBER_NOT_FOUND'
    WHEN v_card.state = 'blocked' THEN 'IDENTIFIER_BLOCKED'
    WHEN p_what = 'REPLACE' AND EXISTS (
      SELECT 1 FROM identifier i WHERE i.kind = 'CARD' AND i.partner_id = 0
         AND i.value = p_new_value) THEN 'IDENTIFIER_TAKEN'
    WHEN p_member IS NOT NULL AND EXISTS (
      SELECT 1 FROM member m WHERE m.member_id = v_member AND m.status = 'closed')
      THEN 'MEMBER_CLOSED'
    WHEN p_what IN ('UNLOCK', 'CONFIRM') AND NOT books.is_fresh(p_grant, p_fresh_since)
      THEN 'STEP_UP_REQUIRED' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_member IS NOT NULL THEN
    UPDATE member m
       SET status = CASE p_what WHEN 'STATUS' THEN p_value ELSE m.status END,
           tier = CASE p_what WHEN 'TIER' THEN p_value ELSE m.tier END,
           spend_locked_at = CASE p_what WHEN 'LOCK' THEN coalesce(m.spend_locked_at, p_now)
                                         WHEN 'UNLOCK' THEN NULL ELSE m.spend_locked_at END,
           spend_confirmed_until = CASE p_what WHEN 'LOCK' THEN NULL WHEN 'CONFIRM' THEN p_until
                                               ELSE m.spend_confirmed_until END
     WHERE m.member_id = v_member;
    IF (p_what = 'LOCK' AND NOT v_was_locked) OR (p_what = 'UNLOCK' AND v_was_locked) THEN
      PERFORM books.warn_login(books.login_of(v_member), 'SPENDING_' || p_what || 'ED', '{}', p_now);
    END IF;
  ELSE
    UPDATE identifier i SET state = 'blocked'
     WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_value;
  END IF;
  IF p_what = 'REPLACE' THEN
    INSERT INTO identifier (kind, partner_id, value, member_id)
    VALUES ('CARD', 0, p_new_value, v_member);
  END IF;
  INSERT INTO member_change (claim, request_hash, member_id, what, reason, partner_id, client_id)
  VALUES (p_claim, p_hash, v_member,
          CASE p_what WHEN 'STATUS' THEN 'status: ' || p_value
                      WHEN 'TIER' THEN 'tier: ' || coalesce(p_value, 'none')
                      WHEN 'LOCK' THEN 'spending locked' WHEN 'UNLOCK' THEN 'spending unlocked'
                      WHEN 'CONFIRM' THEN 'spending confirmed'
                      WHEN 'BLOCK' THEN 'card blocked' ELSE 'card replaced' END,
          p_reason, p_partner, p_client);
  PERFORM books.tell(10, p_partner, v_member, 0, p_client, p_request);
  outcome := 'CHANGED';
  member_id := v_member;
  RETURN NEXT;
END $$
