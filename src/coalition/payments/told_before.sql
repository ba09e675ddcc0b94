-- Whether another file has told of the booking that an entry tells of, whose row is not written
-- yet. KNOWN: by the bank's own reference, or in the same message, which the bank has sent again.
-- PERHAPS_KNOWN: the same payment, way, amount, currency and day, and one of the two has no reference
-- to tell them apart; a person says. Null: it has not. As many alike in this file as were told
-- before are what was told before: one more of them is another booking.
CREATE FUNCTION books.told_before(p_entry bank_entry) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_file bank_file;
  v_here bigint;
  v_in_message bigint;
  v_elsewhere bigint;
BEGIN
  IF EXISTS (SELECT 1 FROM bank_entry b
              WHERE b.bank_reference = p_entry.bank_reference AND b.amount = p_entry.amount
                AND b.is_credit = p_entry.is_credit AND b.currency = p_entry.currency
                AND b.end_to_end_id IS NOT DISTINCT FROM p_entry.end_to_end_id
                AND b.bank_file_id <> p_entry.bank_file_id) THEN
    RETURN 'KNOWN';
  END IF;
  IF p_entry.payment_id IS NULL OR p_entry.kind = 'ACCEPTED' THEN
    RETURN NULL;
  END IF;
  SELECT * INTO v_file FROM bank_file f WHERE f.id = p_entry.bank_file_id;
  WITH alike AS (
    SELECT b.bank_file_id, b.answers, b.outcome FROM bank_entry b
     WHERE b.payment_id = p_entry.payment_id AND b.kind = p_entry.kind
       AND (b.bank_reference IS NULL OR p_entry.bank_reference IS NULL)
       AND (b.is_credit, b.amount, b.currency)
           IS NOT DISTINCT FROM (p_entry.is_credit, p_entry.amount, p_entry.currency)
       AND (b.booked_on IS NULL OR p_entry.booked_on IS NULL OR b.booked_on = p_entry.booked_on)
  ), per_file AS (
    SELECT a.bank_file_id, count(*) FILTER (WHERE a.answers IS NULL) AS told,
           count(*) FILTER (WHERE a.outcome NOT IN ('KNOWN', 'PERHAPS_KNOWN')) AS own
      FROM alike a GROUP BY 1
  )
  SELECT coalesce(sum(p.told) FILTER (WHERE p.bank_file_id = v_file.id), 0),
         coalesce(max(p.told) FILTER (WHERE p.bank_file_id <> v_file.id
           AND f.message_id = v_file.message_id AND f.account IS NOT DISTINCT FROM v_file.account
           AND split_part(f.schema_name, '.001.', 1) = split_part(v_file.schema_name, '.001.', 1)),
           0),
         coalesce(sum(p.own) FILTER (WHERE p.bank_file_id <> v_file.id), 0)
    INTO v_here, v_in_message, v_elsewhere
    FROM per_file p JOIN bank_file f ON f.id = p.bank_file_id;
  RETURN CASE WHEN v_here < v_in_message THEN 'KNOWN'
              WHEN p_entry.kind = 'REJECTED' THEN NULL
              WHEN v_here < v_elsewhere THEN 'PERHAPS_KNOWN' END;
END $$
