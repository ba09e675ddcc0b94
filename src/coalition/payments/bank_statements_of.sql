-- The statements in a file of the bank, in its order.
CREATE FUNCTION books.bank_statements_of(p_file bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = coalition, pg_temp AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.place), '[]')
    FROM bank_statement s WHERE s.bank_file_id = p_file
$$
