-- The payments that an entry of a bank can mean: those of the ids that it gives, else the newest
-- attempt of each statement that its text names.
CREATE FUNCTION books.payments_quoted(p_entry jsonb) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  v_ids text[] := ARRAY(SELECT jsonb_array_elements_text(p_entry -> 'references'));
BEGIN
  RETURN QUERY SELECT p.id FROM payment p WHERE p.end_to_end_id = ANY (v_ids);
  IF NOT FOUND THEN
    RETURN QUERY SELECT DISTINCT ON (p.period_id, p.partner_id, p.currency) p.id FROM payment p
                  WHERE p.statement_number = ANY (v_ids)
                  ORDER BY p.period_id, p.partner_id, p.currency, p.attempt DESC;
  END IF;
END $$
