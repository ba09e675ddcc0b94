-- Where a member is reached, and until when it spends nothing.
CREATE FUNCTION verbs.account_of(p_member bigint)
RETURNS TABLE (email text, email_refused_at timestamptz, spend_paused_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT l.email, l.mail_refused_at, m.spend_paused_until
    FROM member m LEFT JOIN login l ON l.id = books.login_of(m.member_id)
   WHERE m.member_id = p_member
$$
