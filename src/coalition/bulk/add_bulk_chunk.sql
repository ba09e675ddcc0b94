-- The next piece of a file that arrives; refused when another sending has taken its place.
CREATE FUNCTION verbs.add_bulk_chunk(p_bulk bigint, p_upload uuid, p_place int, p_data bytea)
RETURNS TABLE (added boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_partner int;
BEGIN
  -- Shared with nobody who begins another sending: its pieces are removed after this one is in.
  SELECT b.partner_id INTO v_partner FROM bulk_award b
   WHERE b.id = p_bulk AND b.upload = p_upload AND b.state = 'UPLOADING' FOR SHARE;
  added := FOUND;
  IF added THEN
    INSERT INTO bulk_chunk (bulk_id, upload, place, partner_id, data)
    VALUES (p_bulk, p_upload, p_place, v_partner, p_data) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEXT;
END $$
