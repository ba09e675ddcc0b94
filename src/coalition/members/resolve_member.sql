-- Who a partner means. A card is shown by the member, so any partner may use it; e-mail, phone
-- and external id name only members whom this partner itself has under them. Always one row.
-- Plain SQL and a set, so that the planner puts it into the statement that asks for many at once.
CREATE FUNCTION books.resolve_member(p_partner int, p_kind text, p_value text)
RETURNS TABLE (member_id bigint, trouble text)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(m.member_id, i.member_id),
         CASE WHEN m.member_id IS NULL AND i.member_id IS NULL THEN 'MEMBER_NOT_FOUND'
              WHEN i.state = 'blocked' THEN 'IDENTIFIER_BLOCKED' END
    FROM (VALUES (1)) AS asked
    LEFT JOIN member m ON m.member_id = CASE WHEN p_kind = 'ID' THEN p_value::bigint END
    LEFT JOIN identifier i ON i.kind = p_kind AND i.value = p_value
                          AND i.partner_id = CASE WHEN p_kind = 'CARD' THEN 0 ELSE p_partner END
$$
