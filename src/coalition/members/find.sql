-- The member a caller means, if it may know of it: the operator (p_partner null) anyone; a
-- partner whoever shows a card, whoever it has under its own e-mail, phone or external id, and
-- by id those it has dealt with.
CREATE FUNCTION verbs.find_member(p_partner int, p_kind text, p_value text)
RETURNS TABLE (member_id bigint, status text, enrolled_at timestamptz, spend_locked boolean,
               tier text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT m.member_id, m.status, m.enrolled_at, m.spend_locked_at IS NOT NULL, m.tier
    FROM books.resolve_member(coalesce(p_partner, 0), p_kind, p_value) r
    JOIN member m ON m.member_id = r.member_id
   WHERE r.trouble IS NULL AND (
     p_partner IS NULL OR p_kind <> 'ID'
     OR EXISTS (SELECT 1 FROM member_partner l
                 WHERE l.partner_id = p_partner AND l.member_id = m.member_id)
     OR EXISTS (SELECT 1 FROM entry e
                 WHERE e.member_id = m.member_id AND e.partner_id = p_partner));
END $$
