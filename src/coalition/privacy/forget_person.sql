-- Who a member is, what it is known by, and what it said. The brands that know it are told that it
-- has left: they have notes of their own to delete.
CREATE FUNCTION books.forget_person(
  p_member bigint, p_client text, p_request uuid, p_now timestamptz
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_partner int;
BEGIN
  DELETE FROM coalition.card_code k USING coalition.identifier i
   WHERE i.member_id = p_member AND i.kind = 'CARD' AND k.card = i.value;
  DELETE FROM coalition.payment_card c WHERE c.member_id = p_member;
  DELETE FROM coalition.identifier i WHERE i.member_id = p_member;
  DELETE FROM coalition.mail_preference p WHERE p.member_id = p_member;
  DELETE FROM coalition.member_wish w WHERE w.member_id = p_member;
  DELETE FROM coalition.quiet_hours q WHERE q.member_id = p_member;
  DELETE FROM coalition.expiry_reminder r WHERE r.member_id = p_member;
  DELETE FROM coalition.data_copy c WHERE c.member_id = p_member;
  UPDATE coalition.member_change c SET reason = 'erased' WHERE c.member_id = p_member;
  INSERT INTO coalition.consent (member_id, purpose, partner_id, given, version, locale, text_hash,
                                 channel, client_id, request_id, decided_at)
  SELECT c.member_id, c.purpose, c.partner_id, false, c.version, c.locale, c.text_hash, 'ERASURE',
         p_client, p_request, p_now
    FROM (SELECT DISTINCT ON (c.purpose, c.partner_id) c.* FROM coalition.consent c
           WHERE c.member_id = p_member ORDER BY c.purpose, c.partner_id, c.id DESC) c
   WHERE c.given;
  UPDATE coalition.member m
     SET status = 'closed', given_name = NULL, family_name = NULL, locale = NULL, time_zone = NULL,
         spend_paused_until = NULL
   WHERE m.member_id = p_member;
  PERFORM books.tell(10, NULL, p_member, 0, p_client, p_request);
  FOR v_partner IN SELECT l.partner_id FROM coalition.member_partner l WHERE l.member_id = p_member
  LOOP
    PERFORM books.tell(10, v_partner, p_member, 0, p_client, p_request);
  END LOOP;
END $$
