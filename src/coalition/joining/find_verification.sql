-- What somebody asked for and must still confirm from its mailbox.
CREATE FUNCTION verbs.find_verification(p_id bigint)
RETURNS TABLE (id bigint, purpose text, email text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT v.id, v.purpose, v.email FROM verification v WHERE v.id = p_id AND v.used_at IS NULL
$$
