-- How many entries of a statement's line have how much weight (books.line_rows).
CREATE FUNCTION verbs.line_points(p_statement bigint, p_line int)
RETURNS TABLE (weight bigint, entries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp
SET enable_seqscan = on SET enable_hashjoin = on AS $$
  SELECT r.weight, count(*) FROM books.line_rows(p_statement, p_line) r GROUP BY r.weight
$$
