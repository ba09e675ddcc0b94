-- A member wants a copy of a voucher in its mailbox. While one waits to be sent it is that one.
-- p_most: how many a member has asked for since p_since at most. The mail is written when it is sent,
-- with the code as it stands by then; nothing of it is in the row.
CREATE FUNCTION verbs.mail_voucher(
  p_member bigint, p_seq int, p_most int, p_since timestamptz, p_best_before timestamptz,
  p_now timestamptz
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_claim reward_claim;
  v_login bigint := books.login_of(p_member);
BEGIN
  -- The member first: its copies are counted one after the other.
  PERFORM 1 FROM member m WHERE m.member_id = p_member FOR NO KEY UPDATE;
  SELECT * INTO v_claim FROM reward_claim c WHERE c.member_id = p_member AND c.seq = p_seq;
  outcome := CASE
    WHEN v_claim.seq IS NULL THEN 'CLAIM_NOT_FOUND'
    WHEN v_claim.code_hash IS NULL OR v_claim.state <> 'CLAIMED' OR v_claim.valid_until <= p_now
         OR EXISTS (SELECT 1 FROM voucher_gift g
                     WHERE g.member_id = p_member AND g.claim_seq = p_seq
                       AND g.taken_back_at IS NULL)
      THEN 'VOUCHER_NOT_READY'
    WHEN v_login IS NULL THEN 'MAILS_NOT_SENT'
    WHEN EXISTS (SELECT 1 FROM mail m
                  WHERE m.kind = 'VOUCHER_COPY' AND m.member_id = p_member
                    AND m.state = 'waiting' AND (m.facts ->> 'seq')::int = p_seq)
      THEN 'REPLAYED'
    WHEN (SELECT count(*) FROM mail m
           WHERE m.kind = 'VOUCHER_COPY' AND m.member_id = p_member AND m.written_at > p_since)
         >= p_most THEN 'TOO_MANY_COPIES'
    ELSE 'WRITTEN' END;
  IF outcome = 'WRITTEN' THEN
    PERFORM books.write_mail('VOUCHER_COPY', gen_random_uuid()::text, 1, p_member, v_login, NULL,
                             NULL, jsonb_build_object('seq', p_seq), p_best_before, p_now);
  END IF;
  RETURN NEXT;
END $$
