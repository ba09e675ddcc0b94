-- Forget the next member whose time to take it back is over; null when there is none. What is left
-- are the books, and rows that name its number only.
CREATE FUNCTION verbs.erase_next(p_now timestamptz) RETURNS TABLE (member_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_erasure erasure;
BEGIN
  SELECT * INTO v_erasure FROM erasure e
   WHERE e.state = 'waiting' AND e.due_at <= p_now
   ORDER BY e.due_at, e.id LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    member_id := v_erasure.member_id;
    -- Whoever posts for the member takes this lock: it has posted, or finds a member that left.
    PERFORM 1 FROM balance b WHERE b.member_id = v_erasure.member_id FOR NO KEY UPDATE;
    -- And this one whoever links a payment card of it.
    PERFORM 1 FROM member m WHERE m.member_id = v_erasure.member_id FOR NO KEY UPDATE;
    PERFORM books.forget_files(v_erasure.member_id);
    PERFORM books.forget_missing(v_erasure.member_id);
    PERFORM books.forget_household(v_erasure.member_id, p_now);
    PERFORM books.forget_logins(v_erasure.member_id);
    PERFORM books.forget_person(v_erasure.member_id, v_erasure.client_id, v_erasure.request_id,
                                p_now);
    UPDATE erasure e SET state = 'done', ended_at = p_now WHERE e.id = v_erasure.id;
  END IF;
  RETURN NEXT;
END $$
