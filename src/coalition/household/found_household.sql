-- A member begins a household, as its owner and alone.
CREATE FUNCTION verbs.found_household(
  p_member bigint, p_claim uuid, p_hash uuid, p_now timestamptz, p_client text, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_household bigint;
BEGIN
  PERFORM books.lock_circle(p_member);
  outcome := coalesce(books.known_act(p_claim, p_hash), books.joining_trouble(p_member, p_now));
  IF outcome IS NULL THEN
    INSERT INTO household (founded_at) VALUES (p_now) RETURNING id INTO v_household;
    INSERT INTO household_member (household_id, member_id, role, joined_at)
    VALUES (v_household, p_member, 'OWNER', p_now);
    INSERT INTO household_act (claim, request_hash, household_id, member_id, what, client_id,
                               request_id)
    VALUES (p_claim, p_hash, v_household, p_member, 'FOUNDED', p_client, p_request);
    outcome := 'DONE';
  END IF;
  RETURN NEXT;
END $$
