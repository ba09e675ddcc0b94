-- Who a partner means. A card is shown by the member, so any partner may use it; e-mail, phone
-- and external id name only members whom this partner itself has under them.
CREATE FUNCTION books.resolve_member(
  p_partner int, p_kind text, p_value text, OUT member_id bigint, OUT trouble text
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_state text;
BEGIN
  IF p_kind = 'ID' THEN
    SELECT m.member_id INTO member_id FROM member m WHERE m.member_id = p_value::bigint;
  ELSE
    SELECT i.member_id, i.state INTO member_id, v_state FROM identifier i
     WHERE i.kind = p_kind AND i.value = p_value
       AND i.partner_id = CASE WHEN p_kind = 'CARD' THEN 0 ELSE p_partner END;
  END IF;
  trouble := CASE WHEN member_id IS NULL THEN 'MEMBER_NOT_FOUND'
                  WHEN v_state = 'blocked' THEN 'IDENTIFIER_BLOCKED' END;
END $$
