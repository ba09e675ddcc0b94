-- Whether a login may still sign in, and what it allowed be used: nobody has closed it, its brand
-- has not left, its member has not. A member that is locked or suspended may look: what it may
-- not do, the verbs refuse.
CREATE FUNCTION books.login_stands(p_status text, p_partner int, p_member bigint)
RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p_status = 'active'
     AND NOT EXISTS (SELECT 1 FROM coalition.partner p WHERE p.id = p_partner AND p.status = 'left')
     AND NOT EXISTS (SELECT 1 FROM coalition.member m
                      WHERE m.member_id = p_member AND m.status = 'closed')
$$
