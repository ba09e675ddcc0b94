-- A payment card names its member no more: by its number, or by its token at the brand that acts, or
-- whose program acts for the member (p_client). What is somebody else's is answered like what is not
-- there.
CREATE FUNCTION verbs.unlink_payment_card(
  p_partner int, p_member bigint, p_id bigint, p_token text, p_client text, p_request uuid
) RETURNS TABLE (unlinked boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_partner int := coalesce(p_partner, (SELECT c.partner_id FROM client c WHERE c.id = p_client));
  v_id bigint;
BEGIN
  SELECT c.id INTO v_id FROM payment_card c
   WHERE (c.id = p_id OR (c.token = p_token AND c.partner_id = v_partner))
     AND (p_member IS NULL OR c.member_id = p_member)
     AND (v_partner IS NULL OR c.partner_id = v_partner)
     AND (p_member IS NOT NULL OR p_partner IS NOT NULL)
     FOR UPDATE;
  unlinked := FOUND;
  PERFORM books.end_payment_card(v_id, p_client, p_request);
  RETURN NEXT;
END $$
