-- Enrol a member under the identifiers a partner gives, or link the partner to the member it
-- has before it. A card is proof that the member is there, so a known card means its member.
-- E-mail, phone and external id are this partner's own note of the member: the same value at
-- another partner is neither found nor told (docs/decisions/0008).
-- The operator (p_partner null) enrols under identifiers it has verified, known to no partner.
CREATE FUNCTION verbs.enrol_member(
  p_partner int, p_claim uuid, p_hash uuid, p_refusal text, p_kinds text[], p_values text[],
  p_given_name text, p_family_name text, p_locale text, p_time_zone text, p_client text,
  p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, taken int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier enrolment;
  v_known record;
  v_member bigint;
BEGIN
  SELECT * INTO v_earlier FROM enrolment e WHERE e.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    member_id := CASE WHEN outcome = 'REPLAYED' THEN v_earlier.member_id END;
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_partner IS NOT NULL AND NOT books.may_post(p_partner) THEN
    outcome := 'PARTNER_SUSPENDED';
  ELSE
    outcome := p_refusal;
  END IF;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  FOR v_known IN
    SELECT a.place, i.member_id, i.state, m.status
      FROM unnest(p_kinds, p_values) WITH ORDINALITY AS a (kind, value, place)
      JOIN identifier i ON i.kind = a.kind AND i.value = a.value
       AND i.partner_id = CASE WHEN a.kind = 'CARD' THEN 0 ELSE coalesce(p_partner, 0) END
      JOIN member m ON m.member_id = i.member_id
     ORDER BY a.place
  LOOP
    outcome := CASE WHEN v_known.state = 'blocked' THEN 'IDENTIFIER_BLOCKED'
                    WHEN v_known.status = 'closed' THEN 'MEMBER_CLOSED'
                    WHEN v_member <> v_known.member_id THEN 'IDENTIFIER_TAKEN' END;
    IF outcome IS NOT NULL THEN
      taken := v_known.place - 1;
      RETURN NEXT;
      RETURN;
    END IF;
    v_member := v_known.member_id;
  END LOOP;

  IF v_member IS NULL THEN
    INSERT INTO member (given_name, family_name, locale, time_zone, enrolled_by)
    VALUES (p_given_name, p_family_name, p_locale, p_time_zone, p_partner)
    RETURNING member.member_id INTO v_member;
    INSERT INTO balance (member_id) VALUES (v_member);
  END IF;
  -- Only what is this member's already is left out. Who claims one of these at the same moment
  -- makes this one fail and start again, and then it finds what the other has written.
  INSERT INTO identifier (kind, partner_id, value, member_id)
  SELECT a.kind, CASE WHEN a.kind = 'CARD' THEN 0 ELSE coalesce(p_partner, 0) END, a.value, v_member
    FROM unnest(p_kinds, p_values) AS a (kind, value)
   WHERE NOT EXISTS (
     SELECT 1 FROM identifier i WHERE i.kind = a.kind AND i.value = a.value
        AND i.partner_id = CASE WHEN a.kind = 'CARD' THEN 0 ELSE coalesce(p_partner, 0) END
        AND i.member_id = v_member)
   ORDER BY a.kind, a.value;
  IF p_partner IS NOT NULL THEN
    INSERT INTO member_partner (partner_id, member_id) VALUES (p_partner, v_member)
    ON CONFLICT DO NOTHING;
  END IF;
  INSERT INTO enrolment (claim, request_hash, partner_id, member_id)
  VALUES (p_claim, p_hash, p_partner, v_member);
  PERFORM books.tell(9, p_partner, v_member, 0, p_client, p_request);
  outcome := 'ENROLLED';
  member_id := v_member;
  RETURN NEXT;
END $$
