-- A token for the till, of which only the hash is kept; p_partner: for the tills of one brand. The member's one before it ends.
CREATE FUNCTION verbs.issue_till_token(
  p_member bigint, p_hash bytea, p_partner int, p_expires_at timestamptz, p_grant uuid,
  p_fresh_since timestamptz, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  SELECT CASE WHEN m.status = 'closed' THEN 'MEMBER_CLOSED'
              WHEN m.status = 'suspended' THEN 'MEMBER_SUSPENDED'
              WHEN m.status = 'locked' OR m.spend_locked_at IS NOT NULL THEN 'SPEND_LOCKED' END
    INTO outcome FROM member m WHERE m.member_id = p_member FOR NO KEY UPDATE;
  IF outcome IS NULL THEN
    DELETE FROM till_token t WHERE t.member_id = p_member AND t.used_at IS NULL;
    INSERT INTO till_token (token_hash, member_id, partner_id, is_confirmed, issued_at,
                            expires_at)
    VALUES (p_hash, p_member, p_partner, books.is_fresh(p_grant, p_fresh_since), p_now, p_expires_at);
    outcome := 'ISSUED';
  END IF;
  RETURN NEXT;
END $$
