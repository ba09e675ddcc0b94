-- The claim that a link gives, as long as it was not taken back, since when it is open, and whether
-- it waits while its giver's spending does. No member asks: who may see it has the link.
CREATE FUNCTION verbs.find_voucher_gift(p_gift bigint)
RETURNS TABLE (member_id bigint, seq int, opened_at timestamptz, waits boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
  SELECT g.member_id, g.claim_seq, g.opened_at,
         g.opened_at IS NULL AND books.spending_rests(g.member_id)
    FROM voucher_gift g WHERE g.id = p_gift AND g.taken_back_at IS NULL
$$
