-- Who may sign in under an e-mail address, with what the password is compared with.
CREATE FUNCTION verbs.find_login(p_email text)
RETURNS TABLE (login_id bigint, password_hash text, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT l.id, l.password_hash, books.login_stands(l.status, l.partner_id, l.member_id)
    FROM login l WHERE l.email = p_email
$$
