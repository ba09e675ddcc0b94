-- Say what an entry is of which the bank may have told before (PERHAPS_KNOWN): the same booking, or
-- another one, which is then judged and posted. Said once; the same again changes nothing. p_dry:
-- everything is done and taken back. KNOWN: it was said so before; OTHERWISE: something else was.
CREATE FUNCTION verbs.resolve_bank_entry(
  p_entry bigint, p_is_same boolean, p_reason text, p_dry boolean, p_client text, p_grant uuid,
  p_request uuid
) RETURNS TABLE (state text, outcome text, booked bigint, surplus bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_entry bank_entry;
  v_said bank_entry;
  v_period int;
BEGIN
  -- Takes turns with the files of the bank: both look at what is open of a payment.
  PERFORM pg_advisory_xact_lock(4, 1);
  SELECT * INTO v_entry FROM bank_entry b WHERE b.id = p_entry AND b.outcome = 'PERHAPS_KNOWN';
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT * INTO v_said FROM bank_entry b WHERE b.answers = p_entry;
  IF FOUND THEN
    state := CASE WHEN (v_said.outcome = 'KNOWN') = p_is_same THEN 'KNOWN' ELSE 'OTHERWISE' END;
    outcome := v_said.outcome;
    booked := v_said.booked;
    surplus := v_said.surplus;
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT p.period_id INTO v_period FROM payment p WHERE p.id = v_entry.payment_id;
  PERFORM 1 FROM period p WHERE p.id = v_period FOR UPDATE;
  outcome := 'KNOWN';
  booked := 0;
  surplus := 0;
  IF NOT p_is_same THEN
    SELECT w.outcome, w.booked, w.surplus INTO outcome, booked, surplus
      FROM books.weigh_bank_entry(v_entry) w;
  END IF;
  v_entry.outcome := outcome;
  v_entry.booked := booked;
  v_entry.surplus := surplus;
  v_entry.reason := p_reason;
  v_entry.answers := p_entry;
  v_entry.person := books.person(p_client, p_grant);
  v_entry.client_id := p_client;
  v_entry.request_id := p_request;
  BEGIN
    PERFORM books.write_bank_entry(v_entry, p_client, p_grant, p_request);
    PERFORM books.settle_what_is_paid(ARRAY[v_period], p_client, p_grant, p_request);
    IF p_dry THEN
      RAISE EXCEPTION 'rehearsed' USING ERRCODE = 'CD001';
    END IF;
  EXCEPTION WHEN SQLSTATE 'CD001' THEN
    NULL;
  END;
  state := 'RESOLVED';
  RETURN NEXT;
END $$
