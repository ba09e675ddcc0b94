-- Correct what a partner was billed or paid: a line of its statement for the open period of
-- p_occurred_at. All corrections from one source (a dispute) together never exceed what was
-- authorised for it, nor all that name a line that line's amount: in one currency, or the numbers
-- that are compared would be of different things. A statement that was replaced is corrected by
-- its newest version, and a disputed line by the decision: either twice would pay a fault twice.
-- The caller has checked who may.
-- p_dry: everything but the row.
CREATE FUNCTION books.add_adjustment(
  p_claim uuid, p_hash uuid, p_partner int, p_currency text, p_corrects text, p_points bigint,
  p_price numeric, p_amount bigint, p_authorised bigint, p_borne_by text, p_reason text,
  p_source_kind text, p_source_id text, p_agreement int, p_statement bigint, p_line int,
  p_is_decision boolean, p_occurred_at timestamptz, p_dry boolean, p_client text, p_grant uuid,
  p_request uuid, OUT outcome text, OUT adjustment_id bigint, OUT period_id int, OUT left_over bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_earlier adjustment;
  v_authorised bigint;
  v_of_line bigint;
BEGIN
  PERFORM books.enter_books();
  -- Two at once from one source, or about one line, take turns: each sees what the other took.
  PERFORM pg_advisory_xact_lock(3, hashtext(p_source_kind || ' ' || p_source_id));
  PERFORM 1 FROM statement s WHERE s.id = p_statement FOR NO KEY UPDATE;
  SELECT * INTO v_earlier FROM adjustment a WHERE a.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    adjustment_id := v_earlier.id;
    period_id := v_earlier.period_id;
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM adjustment a
              WHERE a.source_kind = p_source_kind AND a.source_id = p_source_id
                AND a.currency <> p_currency)
    OR EXISTS (SELECT 1 FROM statement s WHERE s.id = p_statement AND s.partner_id = p_partner
                AND s.currency <> p_currency) THEN
    outcome := 'ANOTHER_CURRENCY';
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM statement n WHERE n.replaces = p_statement) THEN
    outcome := 'STATEMENT_REPLACED';
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM dispute d WHERE d.statement_id = p_statement AND d.line = p_line
                AND d.authorised IS NULL) AND NOT p_is_decision THEN
    outcome := 'STATEMENT_DISPUTED';
    RETURN;
  END IF;
  SELECT least(p_authorised, min(a.authorised)) - coalesce(sum(abs(a.amount)), 0)
    INTO v_authorised
    FROM adjustment a WHERE a.source_kind = p_source_kind AND a.source_id = p_source_id;
  left_over := v_authorised;
  IF p_statement IS NOT NULL THEN
    -- What was given and taken back can be given again.
    SELECT abs(l.amount) - sign(p_amount) * (
             SELECT coalesce(sum(a.amount), 0) FROM adjustment a
              WHERE a.statement_id = p_statement AND a.line = p_line)
      INTO v_of_line
      FROM statement_line l
     WHERE l.statement_id = p_statement AND l.line = p_line AND l.partner_id = p_partner;
    IF NOT FOUND THEN
      outcome := 'LINE_NOT_FOUND';
      RETURN;
    END IF;
    left_over := least(left_over, v_of_line);
  END IF;
  IF abs(p_amount) > left_over THEN
    outcome := 'MORE_THAN_AUTHORISED';
    RETURN;
  END IF;
  period_id := books.period_of(p_partner, p_occurred_at);
  IF NOT p_dry THEN
    INSERT INTO adjustment (claim, request_hash, period_id, partner_id, currency, corrects, points,
                            price, amount, authorised, borne_by, reason, source_kind, source_id,
                            agreement_id, statement_id, line, person, client_id, request_id,
                            occurred_at)
    VALUES (p_claim, p_hash, period_id, p_partner, p_currency, p_corrects, p_points, p_price,
            p_amount, p_authorised, p_borne_by, p_reason, p_source_kind, p_source_id, p_agreement,
            p_statement, p_line, books.person(p_client, p_grant), p_client, p_request,
            p_occurred_at)
    RETURNING id INTO adjustment_id;
  END IF;
  outcome := 'ADJUSTED';
END $$
