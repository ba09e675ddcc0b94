-- A mail about the security of a login, to its own address: something was done to it that its
-- owner should know. After two days it helps nobody.
CREATE FUNCTION books.warn_login(p_login bigint, p_kind text, p_facts jsonb, p_now timestamptz)
RETURNS void
LANGUAGE sql AS $$
  SELECT books.write_mail(p_kind, gen_random_uuid()::text, 0, l.member_id, l.id, l.email, m.locale,
                          p_facts || jsonb_build_object('at', p_now), p_now + interval '2 days',
                          p_now)
    FROM coalition.login l LEFT JOIN coalition.member m ON m.member_id = l.member_id
   WHERE l.id = p_login AND l.status = 'active'
$$
