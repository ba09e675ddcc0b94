-- Whether the member that a partner names may earn: null, or what verbs.award_points would say.
CREATE FUNCTION verbs.earning_trouble(p_partner int, p_kind text, p_value text)
RETURNS TABLE (trouble text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT coalesce(r.trouble, CASE m.status WHEN 'closed' THEN 'MEMBER_CLOSED'
                                           WHEN 'suspended' THEN 'MEMBER_SUSPENDED' END)
    FROM books.resolve_member(p_partner, p_kind, p_value) r
    LEFT JOIN member m ON m.member_id = r.member_id
$$
