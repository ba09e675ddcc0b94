-- Set points of a member aside for one purchase, out of the lots that would be spent.
-- Judged in this order: replayed, key reused, partner suspended, what the rules refused, who the
-- member is and whether it may spend, then whether the points are there.
CREATE FUNCTION verbs.hold_points(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_member_kind text, p_member_value text,
  p_refusal text, p_points bigint, p_reference text, p_store text, p_agreement int,
  p_occurred_at timestamptz, p_expires_at timestamptz, p_now timestamptz, p_today date,
  p_client text, p_request uuid
) RETURNS TABLE (outcome text, member_id bigint, seq int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  SELECT s.outcome, s.member_id, s.seq INTO outcome, member_id, seq
    FROM books.begin_spending(p_partner, p_terms, p_claim, p_hash, 'hold', p_member_kind,
      p_member_value, p_refusal, p_points, p_now, p_today, false, p_client, p_request) s;
  IF outcome <> 'MAY_SPEND' THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM books.set_aside(member_id, seq, p_partner, p_claim, p_hash, p_points, p_reference, p_store,
    p_agreement, p_occurred_at, p_expires_at, p_now, p_today, p_client, p_request);
  outcome := 'HELD';
  RETURN NEXT;
END $$
