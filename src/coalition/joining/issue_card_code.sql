-- A code with which who holds a card may claim it; the one before ends. A partner issues it for cards
-- of members that are linked to it.
CREATE FUNCTION verbs.issue_card_code(
  p_partner int, p_card text, p_hash bytea, p_expires_at timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM identifier i
     WHERE i.kind = 'CARD' AND i.partner_id = 0 AND i.value = p_card AND i.state = 'active'
       AND (p_partner IS NULL OR EXISTS (
         SELECT 1 FROM member_partner l
          WHERE l.partner_id = p_partner AND l.member_id = i.member_id))) THEN
    outcome := 'MEMBER_NOT_FOUND';
  ELSE
    INSERT INTO card_code (card, code_hash, partner_id, expires_at)
    VALUES (p_card, p_hash, p_partner, p_expires_at)
    ON CONFLICT (card) DO UPDATE
       SET code_hash = EXCLUDED.code_hash, partner_id = EXCLUDED.partner_id, tries = 0,
           expires_at = EXCLUDED.expires_at;
    outcome := 'ISSUED';
  END IF;
  RETURN NEXT;
END $$
