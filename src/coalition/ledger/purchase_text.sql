-- What of an award's purchase goes into the hash of its first entry, as a JSON array of texts, whole
-- numbers and the lines as they were sent. Never changes, like books.entry_text.
CREATE FUNCTION books.purchase_text(
  p_claim uuid, p_request_hash uuid, p_reference text, p_amount bigint, p_basis bigint,
  p_spendable_from timestamptz, p_store text, p_terminal text, p_channel text, p_lines jsonb
) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_array(p_claim, p_request_hash, p_reference, p_amount, p_basis,
    (extract(epoch FROM p_spendable_from) * 1000000)::bigint, p_store, p_terminal, p_channel,
    p_lines)::text
$$
