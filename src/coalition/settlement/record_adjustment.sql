-- An adjustment of the operator's own (books.add_adjustment).
CREATE FUNCTION verbs.record_adjustment(
  p_claim uuid, p_hash uuid, p_partner int, p_currency text, p_corrects text, p_points bigint,
  p_price numeric, p_amount bigint, p_authorised bigint, p_borne_by text, p_reason text,
  p_source_kind text, p_source_id text, p_agreement int, p_statement bigint, p_line int,
  p_occurred_at timestamptz, p_dry boolean, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, adjustment_id bigint, period_id int, left_over bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT * FROM books.add_adjustment(p_claim, p_hash, p_partner, p_currency, p_corrects, p_points,
    p_price, p_amount, p_authorised, p_borne_by, p_reason, p_source_kind, p_source_id, p_agreement,
    p_statement, p_line, false, p_occurred_at, p_dry, p_client, p_grant, p_request)
$$
