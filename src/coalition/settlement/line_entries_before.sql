-- How many entries of a statement's line with so much weight stand up to a place.
CREATE FUNCTION verbs.line_entries_before(
  p_statement bigint, p_line int, p_member bigint, p_seq int, p_lot int, p_weights bigint[]
) RETURNS TABLE (entries bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp
SET enable_seqscan = on SET enable_hashjoin = on AS $$
  SELECT count(*) FROM books.line_rows(p_statement, p_line) r
   WHERE (r.member_id, r.seq, r.lot_seq) <= (p_member, p_seq, p_lot) AND r.weight = ANY (p_weights)
$$
