-- One step on the ladder of a dispute (ladder.py has judged it against p_from, p_round and
-- p_due_at): evidence, a reply, a message. CHANGED: somebody was faster; judge it anew.
CREATE FUNCTION verbs.take_dispute_step(
  p_claim uuid, p_hash uuid, p_dispute bigint, p_from text, p_from_round int, p_side text,
  p_kind text, p_to text, p_round int, p_reason text, p_amount bigint, p_message text,
  p_is_late boolean, p_due_at timestamptz, p_evidence_name text, p_evidence_type text,
  p_evidence bytea, p_now timestamptz, p_dry boolean, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_dispute dispute;
  v_earlier dispute_step;
BEGIN
  SELECT * INTO v_dispute FROM dispute d WHERE d.id = p_dispute FOR UPDATE;
  SELECT * INTO v_earlier FROM dispute_step s WHERE s.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
  ELSIF (v_dispute.state, v_dispute.round) IS DISTINCT FROM (p_from, p_from_round) THEN
    outcome := 'CHANGED';
  ELSE
    outcome := 'TAKEN';
    IF NOT p_dry THEN
      UPDATE dispute d SET state = p_to, round = p_round, due_at = p_due_at WHERE d.id = p_dispute;
      INSERT INTO dispute_step (dispute_id, partner_id, side, kind, state, round, claim,
                                request_hash, reason, amount, message, is_late, due_at,
                                evidence_name, evidence_type, evidence_hash, evidence, occurred_at,
                                person, client_id, request_id)
      VALUES (p_dispute, v_dispute.partner_id, p_side, p_kind, p_to, p_round, p_claim, p_hash,
              p_reason, p_amount, p_message, p_is_late, p_due_at, p_evidence_name,
              p_evidence_type, sha256(p_evidence), p_evidence, p_now,
              books.person(p_client, p_grant), p_client, p_request);
      PERFORM books.tell_of(41, v_dispute.partner_id, p_dispute, p_client, p_request);
    END IF;
  END IF;
  RETURN NEXT;
END $$
