-- The next members behind p_behind, by their number, that gave their consent to mails of the
-- programme, have not switched off those of this kind, and can be reached.
CREATE FUNCTION books.next_readers(p_kind text, p_behind bigint, p_limit int)
RETURNS TABLE (member_id bigint)
LANGUAGE sql STABLE AS $$
  SELECT m.member_id
    FROM coalition.member m
    CROSS JOIN LATERAL (SELECT c.given FROM coalition.consent c
                         WHERE c.member_id = m.member_id AND c.purpose = 'PROGRAMME_MAILS'
                         ORDER BY c.id DESC LIMIT 1) c
   WHERE m.member_id > p_behind AND m.status <> 'closed' AND c.given
     AND books.login_of(m.member_id) IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM coalition.mail_preference p
                      WHERE p.member_id = m.member_id AND p.kind = p_kind AND p.channel = 'NONE')
   ORDER BY m.member_id LIMIT p_limit
$$
