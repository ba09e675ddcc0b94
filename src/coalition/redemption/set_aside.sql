-- Write a hold that may be made (books.begin_spending), out of the lots that would be spent.
CREATE FUNCTION books.set_aside(
  p_member bigint, p_seq int, p_partner int, p_claim uuid, p_hash uuid, p_points bigint,
  p_reference text, p_store text, p_agreement int, p_occurred_at timestamptz,
  p_expires_at timestamptz, p_now timestamptz, p_today date, p_client text, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_period int := books.period_of(p_partner, p_occurred_at);
BEGIN
  INSERT INTO hold (member_id, seq, partner_id, agreement_id, claim, request_hash, points,
                    reference, store_code, occurred_at, expires_at, asked_at)
  VALUES (p_member, p_seq, p_partner, p_agreement, p_claim, p_hash, p_points, p_reference,
          p_store, p_occurred_at, p_expires_at, p_now);
  PERFORM books.post_entry(p_member, p_seq, v_period, 4::smallint, 20::smallint, 21::smallint,
    p_points, p_partner, p_agreement, NULL, p_occurred_at);
  IF books.take_lots(p_member, p_seq, v_period, 20::smallint, 21::smallint, p_points, p_partner,
                     p_occurred_at, p_now, p_today) <> p_points THEN
    RAISE EXCEPTION 'The lots of a member do not hold what its balance says.';
  END IF;
  PERFORM books.tell(3, p_partner, p_member, p_seq, p_client, p_request);
END $$
