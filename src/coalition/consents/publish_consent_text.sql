-- A new version of what consent is asked for in which words, in all its languages at once. The
-- same words as the newest version has are that version. Version 1 comes with the program.
CREATE FUNCTION verbs.publish_consent_text(
  p_purpose text, p_locales text[], p_texts text[], p_client text, p_request uuid
) RETURNS TABLE (version int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_newest int;
BEGIN
  -- One at a time: a number is given once.
  PERFORM pg_advisory_xact_lock(7, hashtext(p_purpose));
  v_newest := books.newest_consent_text(p_purpose);
  IF (SELECT jsonb_object_agg(t.locale, t.text) FROM consent_text t
       WHERE t.purpose = p_purpose AND t.version = v_newest)
     = jsonb_object(p_locales, p_texts) THEN
    version := v_newest;
    RETURN NEXT;
    RETURN;
  END IF;
  version := v_newest + 1;
  INSERT INTO consent_text (purpose, version, locale, text, client_id, request_id)
  SELECT p_purpose, publish_consent_text.version, a.locale, a.text, p_client, p_request
    FROM unnest(p_locales, p_texts) AS a (locale, text);
  RETURN NEXT;
END $$
