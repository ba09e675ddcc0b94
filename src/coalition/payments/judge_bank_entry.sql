-- Judge one entry of a bank's file, write it down and post what it pays or takes back. Only what
-- fits is posted (books.weigh_bank_entry), and only once (books.told_before). All else is named and
-- stays open.
CREATE FUNCTION books.judge_bank_entry(
  p_file bigint, p_place int, p_entry jsonb, p_client text, p_grant uuid, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_entry bank_entry;
  v_ids bigint[] := ARRAY(SELECT q.id FROM books.payments_quoted(p_entry) q);
  v_account_of int[];
  v_told text;
BEGIN
  SELECT e.kind, e.end_to_end_id, e.bank_reference, e.is_credit, e.amount, e.currency, e.reason,
         e.booked_on, e.account_of
    INTO v_entry.kind, v_entry.end_to_end_id, v_entry.bank_reference, v_entry.is_credit,
         v_entry.amount, v_entry.currency, v_entry.reason, v_entry.booked_on, v_account_of
    FROM jsonb_to_record(p_entry) AS e (kind text, end_to_end_id text, bank_reference text,
           is_credit boolean, amount bigint, currency text, reason text, booked_on date,
           account_of int[]);
  v_entry.bank_file_id := p_file;
  v_entry.place := p_place;
  v_entry.booked := 0;
  v_entry.surplus := 0;
  IF cardinality(v_ids) = 1 THEN
    SELECT p.id, p.partner_id INTO v_entry.payment_id, v_entry.partner_id
      FROM payment p WHERE p.id = v_ids[1];
  END IF;
  v_entry.from_another := coalesce(NOT v_entry.partner_id = ANY (v_account_of), false);
  v_told := books.told_before(v_entry);
  v_entry.outcome := CASE
    WHEN v_told = 'KNOWN' THEN 'KNOWN'
    WHEN cardinality(v_ids) = 0 THEN 'UNKNOWN'
    WHEN cardinality(v_ids) > 1 THEN 'AMBIGUOUS'
    WHEN v_entry.kind = 'ACCEPTED' THEN 'ACCEPTED'
    ELSE NULL END;
  IF v_entry.outcome IS NULL THEN
    SELECT w.outcome, w.booked, w.surplus
      INTO v_entry.outcome, v_entry.booked, v_entry.surplus FROM books.weigh_bank_entry(v_entry) w;
    IF v_told = 'PERHAPS_KNOWN' AND v_entry.outcome <> 'PERIOD_LOCKED' THEN
      v_entry.outcome := v_told;
      v_entry.booked := 0;
      v_entry.surplus := 0;
    END IF;
  END IF;
  PERFORM books.write_bank_entry(v_entry, p_client, p_grant, p_request);
END $$
