-- The coalition bought currency for what it owes in it: booked at the rate of the netting, paid
-- for at the rate of the bank. What differs is the coalition's gain or loss (FX_DIFFERENCE).
CREATE FUNCTION verbs.record_exchange(
  p_claim uuid, p_hash uuid, p_period int, p_bought_currency text, p_bought bigint,
  p_sold_currency text, p_booked bigint, p_sold bigint, p_rate bigint, p_executed numeric,
  p_exchanged bigint, p_dry boolean, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, exchange_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier fx_exchange;
  v_state text;
BEGIN
  SELECT p.state INTO v_state FROM period p WHERE p.id = p_period FOR UPDATE;
  SELECT * INTO v_earlier FROM fx_exchange x WHERE x.claim = p_claim;
  IF FOUND THEN
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    exchange_id := v_earlier.id;
    RETURN NEXT;
    RETURN;
  END IF;
  IF v_state NOT IN ('final', 'instructed', 'settled') THEN
    outcome := v_state;
    RETURN NEXT;
    RETURN;
  END IF;
  -- Who bought meanwhile has what this would buy once more.
  IF p_exchanged <> (SELECT coalesce(sum(x.bought), 0) FROM fx_exchange x
                      WHERE x.period_id = p_period AND x.bought_currency = p_bought_currency) THEN
    outcome := 'CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  outcome := 'EXCHANGED';
  IF NOT p_dry THEN
    INSERT INTO fx_exchange (claim, request_hash, period_id, bought_currency, bought,
                             sold_currency, booked, sold, fx_rate_id, executed_rate, person,
                             client_id, request_id)
    VALUES (p_claim, p_hash, p_period, p_bought_currency, p_bought, p_sold_currency, p_booked,
            p_sold, p_rate, p_executed, books.person(p_client, p_grant), p_client, p_request)
    RETURNING id INTO exchange_id;
    -- The pool gives up what it is worth in its books and has the other currency instead; cash
    -- leaves by what the bank took.
    INSERT INTO money_entry (period_id, debit, credit, amount, currency, source_kind, source_id)
    VALUES (p_period, 660, 620, p_bought, p_bought_currency, 'FX_EXCHANGE', exchange_id),
           (p_period, 620, 660, p_booked, p_sold_currency, 'FX_EXCHANGE', exchange_id);
    IF p_sold <> p_booked THEN
      INSERT INTO money_entry (period_id, debit, credit, amount, currency, source_kind, source_id)
      VALUES (p_period, CASE WHEN p_sold > p_booked THEN 650 ELSE 660 END,
              CASE WHEN p_sold > p_booked THEN 660 ELSE 650 END, abs(p_sold - p_booked),
              p_sold_currency, 'FX_EXCHANGE', exchange_id);
    END IF;
  END IF;
  RETURN NEXT;
END $$
