-- What a member says of itself, instead of what was kept. What p_names does not name stays.
CREATE FUNCTION verbs.rectify_profile(
  p_member bigint, p_names text[], p_values text[], p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_said jsonb := (SELECT coalesce(jsonb_object_agg(s.name, s.value), '{}')
                     FROM unnest(p_names, p_values) AS s (name, value));
BEGIN
  UPDATE member m
     SET given_name = n.given_name, family_name = n.family_name, locale = n.locale,
         time_zone = n.time_zone
    FROM member old, jsonb_populate_record(old, v_said) n
   WHERE m.member_id = p_member AND old.member_id = p_member
     AND (old.given_name, old.family_name, old.locale, old.time_zone)
         IS DISTINCT FROM (n.given_name, n.family_name, n.locale, n.time_zone);
  IF FOUND THEN
    PERFORM books.tell(10, NULL, p_member, 0, p_client, p_request);
  END IF;
  outcome := 'DONE';
  RETURN NEXT;
END $$
