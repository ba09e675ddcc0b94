-- Gifts that nobody accepted in time come back, at most p_limit in one transaction, as of the moment
-- when their time was over; who is being served just now is left to the next round. Returns how many.
CREATE FUNCTION verbs.return_transfers(p_now timestamptz, p_limit int)
RETURNS TABLE (returned int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_giver bigint;
  v_transfer transfer;
BEGIN
  PERFORM books.enter_books();
  returned := 0;
  FOR v_giver IN
    SELECT b.member_id FROM balance b
     WHERE b.member_id IN (SELECT t.from_member_id FROM transfer t
                            WHERE t.state = 'PENDING' AND t.returns_at <= p_now
                            ORDER BY t.returns_at LIMIT p_limit)
     ORDER BY b.member_id FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    FOR v_transfer IN
      SELECT * FROM transfer t
       WHERE t.from_member_id = v_giver AND t.state = 'PENDING' AND t.returns_at <= p_now
       ORDER BY t.id FOR NO KEY UPDATE
    LOOP
      PERFORM books.give_up_transfer(v_transfer, 'RETURNED', v_transfer.returns_at);
      returned := returned + 1;
    END LOOP;
  END LOOP;
  RETURN NEXT;
END $$
