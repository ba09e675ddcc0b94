-- A copy is ready, until p_expires_at; its member is told. Of who has left meanwhile nothing is kept.
CREATE FUNCTION verbs.finish_copy(
  p_copy bigint, p_lease uuid, p_content bytea, p_now timestamptz, p_expires_at timestamptz
) RETURNS TABLE (kept boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_member bigint;
BEGIN
  UPDATE data_copy c
     SET state = 'ready', content = p_content, ready_at = p_now, expires_at = p_expires_at,
         lease = NULL, leased_until = NULL
   WHERE c.id = p_copy AND c.lease = p_lease AND c.state = 'waiting'
  RETURNING c.member_id INTO v_member;
  kept := FOUND;
  IF kept THEN
    PERFORM books.warn_login(books.login_of(v_member), 'COPY_READY',
                             jsonb_build_object('until', p_expires_at), p_now);
  END IF;
  RETURN NEXT;
END $$
