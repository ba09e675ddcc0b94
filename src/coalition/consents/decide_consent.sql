-- A member gives a consent or takes it back. Said again, nothing is written: what counts is the
-- last row. Consent is given to the newest text only.
CREATE FUNCTION verbs.decide_consent(
  p_member bigint, p_purpose text, p_partner int, p_given boolean, p_version int, p_locale text,
  p_text_hash bytea, p_channel text, p_client text, p_request uuid, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_status text;
  v_last consent;
BEGIN
  SELECT m.status INTO v_status FROM member m WHERE m.member_id = p_member FOR NO KEY UPDATE;
  SELECT * INTO v_last FROM consent c
   WHERE c.member_id = p_member AND c.purpose = p_purpose
     AND c.partner_id IS NOT DISTINCT FROM p_partner
   ORDER BY c.id DESC LIMIT 1;
  outcome := CASE
    WHEN v_status IS NULL THEN 'MEMBER_NOT_FOUND'
    WHEN NOT p_given THEN CASE WHEN coalesce(v_last.given, false) THEN NULL ELSE 'UNCHANGED' END
    WHEN v_status = 'closed' THEN 'MEMBER_CLOSED'
    WHEN p_version <> books.newest_consent_text(p_purpose) THEN 'CONSENT_TEXT_NOT_CURRENT'
    WHEN v_last.given AND v_last.version = p_version THEN 'UNCHANGED' END;
  IF outcome IS NULL THEN
    -- What is taken back is what was given: in those words.
    INSERT INTO consent (member_id, purpose, partner_id, given, version, locale, text_hash,
                         channel, client_id, request_id, decided_at)
    SELECT p_member, p_purpose, p_partner, p_given,
           CASE WHEN p_given THEN p_version ELSE v_last.version END,
           CASE WHEN p_given THEN p_locale ELSE v_last.locale END,
           CASE WHEN p_given THEN p_text_hash ELSE v_last.text_hash END,
           p_channel, p_client, p_request, p_now;
    outcome := 'DECIDED';
  END IF;
  RETURN NEXT;
END $$
