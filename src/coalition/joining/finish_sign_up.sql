-- Somebody has confirmed its address: a login, and its member. That is a new one with a card of its
-- own, or the one whose card was shown with its code, with all that the card has collected. The
-- boxes that were ticked are consents. p_password_hash: another password than the one of the form,
-- which somebody else may have filled in; then neither its boxes nor its card count, and the account
-- has p_new_card.
CREATE FUNCTION verbs.finish_sign_up(
  p_verification bigint, p_password_hash text, p_new_card text, p_client text, p_request uuid,
  p_now timestamptz
) RETURNS TABLE (outcome text, member_id bigint, login_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_asked verification;
  v_said jsonb;
  v_member bigint;
BEGIN
  SELECT * INTO v_asked FROM books.take_verification(p_verification, 'SIGN_UP', p_now);
  v_said := v_asked.content;
  IF p_password_hash IS NOT NULL THEN
    v_said := v_said - 'card' || jsonb_build_object('password_hash', p_password_hash,
                                                    'new_card', p_new_card, 'consents', '[]'::jsonb);
  END IF;
  -- Somebody else was quicker, with the address or with the card: as if the link were old.
  IF v_said ->> 'card' IS NOT NULL THEN
    SELECT i.member_id INTO v_member FROM identifier i
      JOIN member m ON m.member_id = i.member_id AND m.status <> 'closed'
     WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = v_said ->> 'card'
       AND i.state = 'active' AND books.login_of(i.member_id) IS NULL
       FOR NO KEY UPDATE OF m;
  END IF;
  IF v_asked.id IS NULL OR EXISTS (SELECT 1 FROM login l WHERE l.email = v_asked.email)
     OR (v_said ->> 'card' IS NOT NULL AND v_member IS NULL) THEN
    outcome := 'NOT_GOOD';
    RETURN NEXT;
    RETURN;
  END IF;
  IF v_member IS NULL THEN
    INSERT INTO member (given_name, family_name, locale, time_zone)
    VALUES (v_said ->> 'given_name', v_said ->> 'family_name', v_said ->> 'locale',
            v_said ->> 'time_zone')
    RETURNING member.member_id INTO v_member;
    INSERT INTO balance (member_id) VALUES (v_member);
    INSERT INTO identifier (kind, partner_id, value, member_id)
    VALUES ('CARD', 0, v_said ->> 'new_card', v_member);
  ELSE
    UPDATE member m SET given_name = v_said ->> 'given_name',
           family_name = v_said ->> 'family_name', locale = v_said ->> 'locale',
           time_zone = v_said ->> 'time_zone'
     WHERE m.member_id = v_member;
    DELETE FROM card_code k WHERE k.card = v_said ->> 'card';
  END IF;
  INSERT INTO identifier (kind, partner_id, value, member_id)
  VALUES ('EMAIL', 0, v_asked.email, v_member)
  ON CONFLICT (kind, partner_id, value) DO UPDATE SET member_id = EXCLUDED.member_id;
  INSERT INTO login (email, kind, member_id, roles, password_hash)
  VALUES (v_asked.email, 'MEMBER', v_member, '{member}', v_said ->> 'password_hash')
  RETURNING login.id INTO login_id;
  INSERT INTO consent (member_id, purpose, partner_id, given, version, locale, text_hash, channel,
                       client_id, request_id, decided_at)
  SELECT v_member, c.purpose, c.partner_id, true, c.version, c.locale, decode(c.text_hash, 'hex'),
         'SIGN_UP', p_client, p_request, v_asked.asked_at
    FROM jsonb_to_recordset(v_said -> 'consents')
      AS c (purpose text, partner_id int, version int, locale text, text_hash text);
  PERFORM books.tell(9, NULL, v_member, 0, p_client, p_request);
  outcome := 'DONE';
  member_id := v_member;
  RETURN NEXT;
END $$
