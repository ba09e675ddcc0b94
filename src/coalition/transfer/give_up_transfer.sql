-- The points of a gift come back into the very lots that they left. p_state: how it ended. The giver
-- and the gift are locked.
CREATE FUNCTION books.give_up_transfer(p_transfer transfer, p_state text, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = coalition, pg_temp AS $$
BEGIN
  FOR v_passed IN p_transfer.first_seq .. p_transfer.last_seq LOOP
    PERFORM books.bring_back(p_transfer.from_member_id, v_passed, p_transfer.from_member_id,
      v_passed, NULL, p_transfer.id, NULL, p_now);
  END LOOP;
  UPDATE transfer t SET state = p_state, decided_at = p_now WHERE t.id = p_transfer.id;
END $$
