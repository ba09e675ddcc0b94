-- A member lets the brand of a program (p_client) know its purchases by a payment card. The token is
-- the brand's own: the same one at another brand is neither found nor told, as with all that a brand
-- notes (docs/decisions/0008). Said again, the card is shown as it is said now.
CREATE FUNCTION verbs.link_payment_card(
  p_member bigint, p_token text, p_label text, p_last_four text, p_valid_until date,
  p_most int, p_now timestamptz, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, id bigint, partner_id int, linked_with text, linked_at timestamptz,
                 last_used_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_partner int := (SELECT c.partner_id FROM client c WHERE c.id = p_client);
  v_status text;
  v_member bigint;
BEGIN
  -- Who forgets the member, or unlinks a card of it, waits for this one or comes first.
  SELECT m.status INTO v_status FROM member m WHERE m.member_id = p_member FOR NO KEY UPDATE;
  SELECT i.member_id INTO v_member FROM identifier i
   WHERE i.kind = 'PAYMENT_CARD' AND i.partner_id = v_partner AND i.value = p_token;
  outcome := CASE WHEN v_partner IS NULL THEN 'NO_BRAND'
                  -- Looked at behind the lock: the permission may have ended while it was waited.
                  WHEN EXISTS (SELECT FROM oauth_grant g
                                WHERE g.id = p_grant AND g.ended_at IS NOT NULL) THEN 'NO_LEAVE'
                  WHEN NOT books.may_post(v_partner) THEN 'PARTNER_SUSPENDED'
                  WHEN v_status = 'closed' THEN 'MEMBER_CLOSED'
                  WHEN v_member <> p_member THEN 'IDENTIFIER_TAKEN'
                  WHEN v_member IS NULL AND p_most <= (
                    SELECT count(*) FROM payment_card c
                     WHERE c.member_id = p_member AND c.partner_id = v_partner)
                    THEN 'TOO_MANY_CARDS' ELSE 'LINKED' END;
  IF outcome <> 'LINKED' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF v_member IS NULL THEN
    -- Who links the same one at the same moment makes this one fail and start again.
    INSERT INTO identifier (kind, partner_id, value, member_id)
    VALUES ('PAYMENT_CARD', v_partner, p_token, p_member);
    INSERT INTO payment_card (partner_id, token, member_id, label, last_four, valid_until,
                              client_id, linked_at)
    VALUES (v_partner, p_token, p_member, p_label, p_last_four, p_valid_until, p_client, p_now);
    INSERT INTO member_partner (partner_id, member_id) VALUES (v_partner, p_member)
    ON CONFLICT DO NOTHING;
    INSERT INTO member_change (claim, request_hash, member_id, what, reason, partner_id, client_id)
    VALUES (gen_random_uuid(), gen_random_uuid(), p_member, 'payment card linked',
            'linkPaymentCard', v_partner, p_client);
    PERFORM books.tell(10, v_partner, p_member, 0, p_client, p_request);
  ELSE
    UPDATE payment_card c
       SET label = p_label, last_four = p_last_four, valid_until = p_valid_until,
           client_id = p_client
     WHERE c.partner_id = v_partner AND c.token = p_token;
  END IF;
  SELECT c.id, c.partner_id, p.name, c.linked_at, c.last_used_at
    INTO id, partner_id, linked_with, linked_at, last_used_at
    FROM payment_card c JOIN client p ON p.id = c.client_id
   WHERE c.partner_id = v_partner AND c.token = p_token;
  RETURN NEXT;
END $$
