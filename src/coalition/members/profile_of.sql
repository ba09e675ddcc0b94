-- What is kept about a member itself, and the cards that it may show, the oldest first.
CREATE FUNCTION verbs.profile_of(p_member bigint)
RETURNS TABLE (given_name text, family_name text, locale text, time_zone text, cards text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT m.given_name, m.family_name, m.locale, m.time_zone,
         ARRAY(SELECT i.value FROM identifier i
                WHERE i.member_id = m.member_id AND i.kind = 'CARD' AND i.partner_id = 0
                  AND i.state = 'active'
                ORDER BY i.since, i.value)
    FROM member m WHERE m.member_id = p_member
$$
