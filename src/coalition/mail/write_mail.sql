-- A mail that is to be sent, written with what it tells of. The same is told once: p_source says
-- what it is. p_address: where to, when that is not the address of the login.
CREATE FUNCTION books.write_mail(
  p_kind text, p_source text, p_rank int, p_member bigint, p_login bigint, p_address text,
  p_locale text, p_facts jsonb, p_best_before timestamptz, p_now timestamptz
) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO mail (kind, source, rank, member_id, login_id, address, locale, facts, written_at,
                    due_at, best_before)
  VALUES (p_kind, p_source, p_rank::smallint, p_member, p_login, p_address, p_locale, p_facts,
          p_now, p_now, p_best_before)
  ON CONFLICT (kind, source) DO NOTHING
$$
