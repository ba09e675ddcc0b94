-- What a bank says happened to payments (bank_file.as_json), in its order: each entry is matched by
-- the references that it quotes, judged (books.judge_bank_entry) and posted. The same file again
-- changes nothing. A period whose payments have all arrived is settled, and one of whose payments
-- is taken back is instructed again. p_dry: everything is done and taken back.
CREATE FUNCTION verbs.take_bank_file(
  p_hash bytea, p_schema text, p_message text, p_content bytea, p_entries jsonb, p_dry boolean,
  p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (place int, outcome text, payment_id bigint, booked bigint, surplus bigint,
                 replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_file bigint;
  v_told jsonb := '[]';
  v_entries jsonb;
  v_periods int[];
  v_period int;
BEGIN
  -- One file at a time: two that tell of the same booking must see one another.
  PERFORM pg_advisory_xact_lock(4, 1);
  SELECT f.id INTO v_file FROM bank_file f WHERE f.hash = p_hash;
  IF v_file IS NOT NULL THEN
    RETURN QUERY SELECT b.place, b.outcome, b.payment_id, b.booked, b.surplus, true
                   FROM bank_entry b WHERE b.bank_file_id = v_file ORDER BY b.place;
    RETURN;
  END IF;
  -- What is said of a whole message is said of each of its payments.
  SELECT coalesce(jsonb_agg(CASE WHEN p.id IS NULL THEN e.entry ELSE e.entry
           || jsonb_build_object('references', ARRAY[p.end_to_end_id],
                                 'end_to_end_id', p.end_to_end_id) END ORDER BY e.n, p.id), '[]')
    INTO v_entries
    FROM jsonb_array_elements(p_entries) WITH ORDINALITY AS e (entry, n)
    LEFT JOIN payment_file f ON f.message_id = e.entry ->> 'message_id'
    LEFT JOIN payment p ON p.file_id = f.id;
  SELECT array_agg(DISTINCT p.period_id ORDER BY p.period_id) INTO v_periods
    FROM jsonb_array_elements(v_entries) e, LATERAL books.payments_quoted(e) q
    JOIN payment p ON p.id = q.id;
  PERFORM 1 FROM period p WHERE p.id = ANY (v_periods) ORDER BY p.id FOR UPDATE;
  BEGIN
    INSERT INTO bank_file (hash, schema_name, message_id, content, person, client_id, request_id)
    VALUES (p_hash, p_schema, p_message, p_content, books.person(p_client, p_grant), p_client,
            p_request)
    RETURNING id INTO v_file;
    FOR place IN 1 .. jsonb_array_length(v_entries) LOOP
      PERFORM books.judge_bank_entry(v_file, place, v_entries -> (place - 1), p_client, p_grant,
        p_request);
    END LOOP;
    FOREACH v_period IN ARRAY coalesce(v_periods, '{}') LOOP
      PERFORM books.gate_payments(v_period);
      IF NOT EXISTS (SELECT 1 FROM books.open_gates(v_period, 'settled')) THEN
        PERFORM books.step_period(v_period, '{instructed}', 'settled', p_client, p_grant,
          p_request, NULL);
      END IF;
    END LOOP;
    SELECT coalesce(jsonb_agg(to_jsonb(b) ORDER BY b.place), '[]') INTO v_told
      FROM bank_entry b WHERE b.bank_file_id = v_file;
    IF p_dry THEN
      RAISE EXCEPTION 'rehearsed' USING ERRCODE = 'CD001';
    END IF;
  EXCEPTION WHEN SQLSTATE 'CD001' THEN
    NULL;
  END;
  RETURN QUERY SELECT t.place, t.outcome, t.payment_id, t.booked, t.surplus, false
                 FROM jsonb_to_recordset(v_told) AS t (place int, outcome text, payment_id bigint,
                        booked bigint, surplus bigint) ORDER BY t.place;
END $$
