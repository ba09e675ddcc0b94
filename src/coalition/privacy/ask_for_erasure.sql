-- A member is to be forgotten at p_due_at, unless it takes that back. Asked again, it stays as it is.
-- p_fresh_since: a member that asks by itself must have shown since then that it is it; null: the
-- operator asks for it.
CREATE FUNCTION verbs.ask_for_erasure(
  p_member bigint, p_points bigint, p_due_at timestamptz, p_grant uuid, p_fresh_since timestamptz,
  p_client text, p_request uuid, p_now timestamptz
) RETURNS TABLE (outcome text, points bigint, asked_at timestamptz, due_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_status text;
BEGIN
  SELECT m.status INTO v_status FROM member m WHERE m.member_id = p_member FOR NO KEY UPDATE;
  outcome := CASE WHEN v_status IS NULL THEN 'MEMBER_NOT_FOUND'
                  WHEN v_status = 'closed' THEN 'MEMBER_CLOSED'
                  WHEN p_fresh_since IS NOT NULL AND NOT books.is_fresh(p_grant, p_fresh_since)
                    THEN 'STEP_UP_REQUIRED'
                  ELSE 'ASKED' END;
  IF outcome = 'ASKED' THEN
    INSERT INTO erasure (member_id, points, asked_at, due_at, client_id, request_id)
    VALUES (p_member, p_points, p_now, p_due_at, p_client, p_request)
    ON CONFLICT (member_id) WHERE state = 'waiting' DO NOTHING;
    IF FOUND THEN
      PERFORM books.warn_login(books.login_of(p_member), 'ERASURE_ASKED',
        jsonb_build_object('until', p_due_at, 'points', p_points), p_now);
    END IF;
    SELECT e.points, e.asked_at, e.due_at INTO points, asked_at, due_at
      FROM erasure e WHERE e.member_id = p_member AND e.state = 'waiting';
  END IF;
  RETURN NEXT;
END $$
