-- End a dispute: decided by the operator, withdrawn by the partner (p_side PARTNER), or ended by
-- silence (p_side TIME) if its deadline has passed since. What is authorised becomes an adjustment
-- in the next open period in the same transaction, and the line counts again in what is paid: what
-- was authorised of it in that period, the rest at once.
-- CHANGED: somebody was faster.
CREATE FUNCTION verbs.end_dispute(
  p_claim uuid, p_hash uuid, p_dispute bigint, p_from text, p_from_round int, p_side text,
  p_to text, p_authorised bigint, p_corrects text, p_agreement int, p_reason text, p_message text,
  p_is_late boolean, p_now timestamptz, p_dry boolean, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, adjustment_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_dispute dispute;
  v_earlier dispute_step;
  v_adjusted record;
  v_adjustment bigint;
  v_adjusted_in int;
  v_authorised bigint := p_authorised;
BEGIN
  -- Before the period, as whoever closes one does; and the period before its statement, as whoever
  -- opens a dispute does.
  PERFORM books.enter_books();
  SELECT * INTO v_dispute FROM dispute d WHERE d.id = p_dispute FOR UPDATE;
  PERFORM 1 FROM period p WHERE p.id = v_dispute.period_id FOR UPDATE;
  SELECT * INTO v_earlier FROM dispute_step s WHERE s.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    adjustment_id := v_dispute.adjustment_id;
    RETURN NEXT;
    RETURN;
  END IF;
  IF (v_dispute.state, v_dispute.round) IS DISTINCT FROM (p_from, p_from_round)
     OR p_side = 'TIME' AND v_dispute.due_at >= p_now THEN
    outcome := 'CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  WHILE v_authorised > 0 LOOP
    SELECT * INTO v_adjusted FROM books.add_adjustment(
      p_claim, p_hash, v_dispute.partner_id, v_dispute.currency, p_corrects, 0, NULL, v_authorised,
      v_authorised, 'POOL', p_reason, 'DISPUTE', p_dispute::text, p_agreement,
      v_dispute.statement_id, v_dispute.line, true, p_now, p_dry, p_client, p_grant, p_request);
    IF v_adjusted.outcome = 'ADJUSTED' THEN
      v_adjustment := v_adjusted.adjustment_id;
      v_adjusted_in := v_adjusted.period_id;
      EXIT;
    END IF;
    -- Silence gives what is left to give: something may have been given from this source before.
    IF p_side <> 'TIME' OR v_adjusted.outcome <> 'MORE_THAN_AUTHORISED' THEN
      outcome := v_adjusted.outcome;
      RETURN NEXT;
      RETURN;
    END IF;
    v_authorised := greatest(v_adjusted.left_over, 0);
  END LOOP;
  adjustment_id := v_adjustment;
  outcome := 'ENDED';
  IF NOT p_dry THEN
    UPDATE dispute d SET state = p_to, due_at = NULL, authorised = v_authorised,
           adjustment_id = v_adjustment
     WHERE d.id = p_dispute;
    INSERT INTO dispute_step (dispute_id, partner_id, side, kind, state, round, claim,
                              request_hash, amount, message, is_late, occurred_at, person,
                              client_id, request_id)
    VALUES (p_dispute, v_dispute.partner_id, p_side,
            CASE p_side WHEN 'TIME' THEN 'EXPIRY' WHEN 'PARTNER' THEN 'WITHDRAWAL'
                        ELSE 'DECISION' END,
            p_to, v_dispute.round, p_claim, p_hash, v_authorised, p_message, p_is_late, p_now,
            books.person(p_client, p_grant), p_client, p_request);
    PERFORM books.tell_of(CASE p_side WHEN 'PARTNER' THEN 43 ELSE 42 END,
      v_dispute.partner_id, p_dispute, CASE WHEN p_side <> 'TIME' THEN p_client END,
      CASE WHEN p_side <> 'TIME' THEN p_request END);
    PERFORM books.release_line('DISPUTE', p_dispute::text, v_authorised, v_adjusted_in);
    PERFORM books.gate_disputes(v_dispute.period_id, v_dispute.partner_id);
    IF NOT EXISTS (SELECT 1 FROM dispute d WHERE d.period_id = v_dispute.period_id
                      AND d.authorised IS NULL) THEN
      PERFORM books.step_period(v_dispute.period_id, '{disputed}', 'closed', p_client, p_grant,
        p_request, format('dispute %s %s', p_dispute, p_to));
    END IF;
  END IF;
  RETURN NEXT;
END $$
