-- The login by which a member is reached: the first one that is open.
CREATE FUNCTION books.login_of(p_member bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT min(l.id) FROM coalition.login l WHERE l.member_id = p_member AND l.status = 'active'
$$
