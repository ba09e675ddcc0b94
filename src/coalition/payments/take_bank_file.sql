-- What a bank says happened to payments (bank_file.as_json), in its order: each entry is matched by
-- the references that it quotes, judged (books.judge_bank_entry) and posted. The same file again
-- changes nothing. A period whose payments have all arrived is settled, and one of whose payments
-- is taken back is instructed again. p_dry: everything is done and taken back. The first row is of
-- the file: the statements in it (books.write_bank_statements); the others are its entries.
CREATE FUNCTION verbs.take_bank_file(
  p_hash bytea, p_schema text, p_message text, p_account text, p_content bytea, p_entries jsonb,
  p_statements jsonb, p_dry boolean, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (entry jsonb, named text, replayed boolean, statements jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
DECLARE
  v_file bigint;
  v_told jsonb := '[]';
  v_statements jsonb := '[]';
  v_periods int[];
BEGIN
  -- One file at a time: two that tell of the same booking must see one another.
  PERFORM pg_advisory_xact_lock(4, 1);
  SELECT f.id INTO v_file FROM bank_file f WHERE f.hash = p_hash;
  IF v_file IS NOT NULL THEN
    RETURN QUERY SELECT NULL::jsonb, NULL::text, true, books.bank_statements_of(v_file);
    RETURN QUERY SELECT to_jsonb(b), p.end_to_end_id, true, NULL::jsonb
                   FROM bank_entry b LEFT JOIN payment p ON p.id = b.payment_id
                  WHERE b.bank_file_id = v_file AND b.answers IS NULL ORDER BY b.place;
    RETURN;
  END IF;
  SELECT array_agg(DISTINCT p.period_id ORDER BY p.period_id) INTO v_periods
    FROM jsonb_array_elements(p_entries) e, LATERAL books.payments_quoted(e) q
    JOIN payment p ON p.id = q.id;
  PERFORM 1 FROM period p WHERE p.id = ANY (v_periods) ORDER BY p.id FOR UPDATE;
  BEGIN
    INSERT INTO bank_file (hash, schema_name, message_id, account, content, person, client_id,
                           request_id)
    VALUES (p_hash, p_schema, p_message, p_account, p_content, books.person(p_client, p_grant),
            p_client, p_request)
    RETURNING id INTO v_file;
    PERFORM books.write_bank_statements(v_file, p_statements);
    FOR v_place IN 1 .. jsonb_array_length(p_entries) LOOP
      PERFORM books.judge_bank_entry(v_file, v_place, p_entries -> (v_place - 1), p_client,
        p_grant, p_request);
    END LOOP;
    PERFORM books.settle_what_is_paid(v_periods, p_client, p_grant, p_request);
    SELECT coalesce(jsonb_agg(to_jsonb(b) ORDER BY b.place), '[]') INTO v_told
      FROM bank_entry b WHERE b.bank_file_id = v_file;
    v_statements := books.bank_statements_of(v_file);
    IF p_dry THEN
      RAISE EXCEPTION 'rehearsed' USING ERRCODE = 'CD001';
    END IF;
  EXCEPTION WHEN SQLSTATE 'CD001' THEN
    NULL;
  END;
  RETURN QUERY SELECT NULL::jsonb, NULL::text, false, v_statements;
  RETURN QUERY SELECT t.entry, p.end_to_end_id, false, NULL::jsonb
                 FROM jsonb_array_elements(v_told) WITH ORDINALITY AS t (entry, n)
                 LEFT JOIN payment p ON p.id = (t.entry ->> 'payment_id')::bigint ORDER BY t.n;
END $$
