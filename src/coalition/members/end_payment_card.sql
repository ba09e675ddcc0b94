-- A payment card names its member no more. p_request null: not by a request of its own, but because
-- the permission of the program that linked it ended.
CREATE FUNCTION books.end_payment_card(p_id bigint, p_client text, p_request uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_card coalition.payment_card;
BEGIN
  DELETE FROM coalition.payment_card c WHERE c.id = p_id RETURNING c.* INTO v_card;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  DELETE FROM coalition.identifier i
   WHERE i.kind = 'PAYMENT_CARD' AND i.partner_id = v_card.partner_id AND i.value = v_card.token;
  INSERT INTO coalition.member_change (claim, request_hash, member_id, what, reason, partner_id,
                                       client_id)
  VALUES (gen_random_uuid(), gen_random_uuid(), v_card.member_id, 'payment card unlinked',
          CASE WHEN p_request IS NULL THEN 'endPermission' ELSE 'unlinkPaymentCard' END,
          v_card.partner_id, p_client);
  PERFORM books.tell(10, v_card.partner_id, v_card.member_id, 0,
                     CASE WHEN p_request IS NOT NULL THEN p_client END, p_request);
END $$
