-- The points of a gift arrive, a lot for each that they left. What the receiver owes is paid of them.
-- The receiver and the gift are locked.
CREATE FUNCTION books.accept_transfer(p_transfer transfer, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = coalition, pg_temp AS $$
DECLARE
  v_member CONSTANT bigint := p_transfer.to_member_id;
  v_seq int;
BEGIN
  FOR v_passed IN p_transfer.first_seq .. p_transfer.last_seq LOOP
    v_seq := books.receive(v_member, p_transfer.from_member_id, v_passed, NULL, p_transfer.id, p_now);
    PERFORM books.repay_debt(v_member, v_seq, p_now);
  END LOOP;
  UPDATE transfer t SET state = 'ACCEPTED', decided_at = p_now WHERE t.id = p_transfer.id;
END $$
