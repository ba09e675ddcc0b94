-- Use a code once. Shown again, it has been stolen from somebody: its grant ends with all tokens.
CREATE FUNCTION verbs.take_code(p_code_hash bytea, p_client text, p_now timestamptz)
RETURNS TABLE (grant_id uuid, login_id bigint, partner_id int, member_id bigint, scopes text[],
               kind text, roles text[], redirect_uri text, challenge text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_code oauth_code;
BEGIN
  SELECT c.* INTO v_code FROM oauth_code c JOIN oauth_grant g ON g.id = c.grant_id
   WHERE c.code_hash = p_code_hash AND g.client_id = p_client FOR UPDATE OF c;
  IF v_code.used_at IS NOT NULL THEN
    UPDATE oauth_grant g SET ended_at = coalesce(g.ended_at, p_now) WHERE g.id = v_code.grant_id;
    RETURN;
  END IF;
  UPDATE oauth_code c SET used_at = p_now WHERE c.code_hash = v_code.code_hash;
  IF v_code.expires_at > p_now THEN
    RETURN QUERY SELECT p.*, v_code.redirect_uri, v_code.challenge
      FROM books.person_of(v_code.grant_id) p;
  END IF;
END $$
