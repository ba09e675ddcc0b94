-- A gift is ACCEPTED or DECLINED by whom it is for, or CANCELLED by who gave it: once. What is accepted
-- pays first what the receiver owes, as new points do. While the giver's spending is locked nothing is
-- accepted: a thief may have given it.
CREATE FUNCTION verbs.decide_transfer(
  p_member bigint, p_transfer bigint, p_to text, p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_transfer transfer;
  v_status text;
BEGIN
  PERFORM books.enter_books();
  -- The member whose ledger is written comes before the gift, here and in return_transfers.
  PERFORM 1 FROM balance b
   WHERE b.member_id = (SELECT CASE p_to WHEN 'ACCEPTED' THEN t.to_member_id
                                         ELSE t.from_member_id END
                          FROM transfer t WHERE t.id = p_transfer) FOR NO KEY UPDATE;
  SELECT * INTO v_transfer FROM transfer t
   WHERE t.id = p_transfer
     AND p_member = CASE p_to WHEN 'CANCELLED' THEN t.from_member_id ELSE t.to_member_id END
     FOR NO KEY UPDATE;
  SELECT m.status INTO v_status FROM member m WHERE m.member_id = p_member;
  outcome := CASE
    WHEN v_transfer.id IS NULL THEN 'TRANSFER_NOT_FOUND'
    WHEN v_transfer.state = p_to THEN 'REPLAYED'
    WHEN v_transfer.state <> 'PENDING' OR v_transfer.returns_at <= p_now THEN 'TRANSFER_OVER'
    WHEN v_status = 'closed' THEN 'MEMBER_CLOSED'
    WHEN v_status = 'suspended' THEN 'MEMBER_SUSPENDED'
    WHEN p_to = 'ACCEPTED' AND books.spending_rests(v_transfer.from_member_id)
      THEN 'TRANSFER_WAITS' END;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_to = 'ACCEPTED' THEN
    PERFORM books.accept_transfer(v_transfer, p_now);
  ELSE
    PERFORM books.give_up_transfer(v_transfer, p_to, p_now);
  END IF;
  outcome := 'DONE';
  RETURN NEXT;
END $$
