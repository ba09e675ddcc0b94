-- Keep an image under its hash; the same again changes nothing.
CREATE FUNCTION verbs.put_image(
  p_partner int, p_hash bytea, p_media_type text, p_width int, p_height int, p_content bytea,
  p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
BEGIN
  IF NOT books.may_post(p_partner) THEN
    outcome := 'PARTNER_SUSPENDED';
  ELSE
    INSERT INTO reward_image (hash, media_type, width, height, content, client_id, request_id)
    VALUES (p_hash, p_media_type, p_width, p_height, p_content, p_client, p_request)
    ON CONFLICT DO NOTHING;
    outcome := 'KEPT';
  END IF;
  RETURN NEXT;
END $$
