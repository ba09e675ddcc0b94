-- Dispute a line of a published statement: the dispute with its first step, and the line held out
-- of what is paid where the contract says so. ALREADY_OPEN: the line's dispute is not decided yet.
-- STATEMENT_REPLACED: a correction has come before, and its newest version is what is owed.
-- p_items: the differences of a reconciliation that it is about, which are resolved by it; each has
-- to be one of the file that counts, and in no other dispute that is open.
CREATE FUNCTION verbs.open_dispute(
  p_claim uuid, p_hash uuid, p_partner int, p_statement bigint, p_line int, p_amount bigint,
  p_reason text, p_message text, p_frozen_as text, p_source_kind text, p_source_id text,
  p_window_until timestamptz, p_due_at timestamptz, p_evidence_name text, p_evidence_type text,
  p_evidence bytea, p_items bigint[], p_now timestamptz, p_dry boolean, p_side text,
  p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, dispute_id bigint, line_amount bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier dispute_step;
  v_statement record;
BEGIN
  -- Two disputes of one statement take turns, and so do the approval of its period and this.
  SELECT s.period_id, s.currency, l.amount, p.state INTO v_statement
    FROM statement s JOIN statement_line l ON l.statement_id = s.id AND l.line = p_line
    JOIN period p ON p.id = s.period_id
   WHERE s.id = p_statement AND s.partner_id = p_partner
     AND p.state IN ('closed', 'disputed', 'final', 'instructed', 'settled', 'locked');
  IF NOT FOUND THEN
    outcome := 'STATEMENT_LINE_NOT_FOUND';
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM 1 FROM period p WHERE p.id = v_statement.period_id FOR UPDATE;
  PERFORM 1 FROM statement s WHERE s.id = p_statement FOR NO KEY UPDATE;
  SELECT * INTO v_earlier FROM dispute_step s WHERE s.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    dispute_id := v_earlier.dispute_id;
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM 1 FROM reconciliation_item i WHERE i.id = ANY (p_items) ORDER BY i.id
    FOR NO KEY UPDATE;
  -- All that was adjusted of a line, by disputes or without, and what is asked now, never exceed
  -- it.
  line_amount := abs(v_statement.amount) - (
    SELECT greatest(sum(a.amount), 0) FROM adjustment a
     WHERE a.statement_id = p_statement AND a.line = p_line);
  outcome := CASE
    WHEN EXISTS (SELECT 1 FROM statement n WHERE n.replaces = p_statement)
      THEN 'STATEMENT_REPLACED'
    WHEN EXISTS (SELECT 1 FROM dispute d WHERE d.statement_id = p_statement AND d.line = p_line
                    AND d.authorised IS NULL) THEN 'ALREADY_OPEN'
    WHEN cardinality(p_items) <> (
           SELECT count(*) FROM reconciliation_item i JOIN reconciliation_file f ON f.id = i.file_id
            WHERE i.id = ANY (p_items) AND i.partner_id = p_partner AND f.state = 'RECONCILED'
              AND i.state IN ('open', 'to_dispute')) THEN 'RECONCILIATION_ITEM_RESOLVED'
    WHEN EXISTS (SELECT 1 FROM dispute_item x JOIN dispute d ON d.id = x.dispute_id
                  WHERE x.item_id = ANY (p_items) AND d.authorised IS NULL)
      THEN 'RECONCILIATION_ITEM_DISPUTED'
    WHEN p_amount > line_amount THEN 'MORE_THAN_THE_LINE'
    ELSE 'OPENED' END;
  IF outcome = 'OPENED' AND NOT p_dry THEN
    INSERT INTO dispute (partner_id, period_id, statement_id, line, currency, amount, frozen_as,
                         source_kind, source_id, opened_at, state, round, due_at)
    VALUES (p_partner, v_statement.period_id, p_statement, p_line, v_statement.currency, p_amount,
            p_frozen_as, p_source_kind, p_source_id, p_now, 'OPEN', 1, p_due_at)
    RETURNING id INTO dispute_id;
    INSERT INTO dispute_step (dispute_id, partner_id, side, kind, state, round, claim,
                              request_hash, reason, amount, message, is_late, due_at,
                              evidence_name, evidence_type, evidence_hash, evidence, occurred_at,
                              person, client_id, request_id)
    VALUES (dispute_id, p_partner, p_side, 'OPENED', 'OPEN', 1, p_claim, p_hash, p_reason, p_amount,
            p_message, p_now > p_window_until, p_due_at, p_evidence_name, p_evidence_type,
            sha256(p_evidence), p_evidence, p_now, books.person(p_client, p_grant), p_client,
            p_request);
    INSERT INTO dispute_item (dispute_id, item_id, partner_id)
    SELECT dispute_id, i, p_partner FROM unnest(p_items) AS i;
    UPDATE reconciliation_item i
       SET state = 'to_dispute', resolved_at = p_now, note = left(p_message, 500),
           resolved_by = CASE p_side WHEN 'OPERATOR' THEN 'operator:' ELSE '' END || p_client,
           request_id = p_request
     WHERE i.id = ANY (p_items) AND i.state = 'open';
    IF p_frozen_as = 'exclude' THEN
      PERFORM books.hold_line(p_statement, p_line, p_amount, 'DISPUTE', dispute_id::text);
    END IF;
    PERFORM books.tell_of(40, p_partner, dispute_id, p_client, p_request);
    PERFORM books.gate_disputes(v_statement.period_id, p_partner);
    PERFORM books.step_period(v_statement.period_id, '{closed}', 'disputed', p_client, p_grant,
      p_request, format('dispute %s', dispute_id));
  END IF;
  RETURN NEXT;
END $$
