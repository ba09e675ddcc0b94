-- A member gives points of its own to whoever has a card. They leave its lots now, the soonest to
-- expire first, and are on the way until they are accepted or come back. Judged in this order:
-- replayed, key reused, whether it has just shown that it is it (always asked), whether it may spend,
-- what the limits say, whether the points are there, and who has the card: so nobody looks for cards
-- with points that it does not have. At the latest they come back when the first of their lots ends.
CREATE FUNCTION verbs.send_points(
  p_terms int, p_member bigint, p_claim uuid, p_hash uuid, p_refusal text, p_card text,
  p_points bigint, p_grant uuid, p_fresh_since timestamptz, p_now timestamptz, p_today date,
  p_client text, p_request uuid
) RETURNS TABLE (outcome text, transfer_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_earlier transfer;
  v_programme record;
  v_known record;
  v_gifts jsonb;
  v_to bigint;
  v_balance record;
  v_lot record;
  v_left bigint := p_points;
  v_part bigint;
  v_first int;
  v_last int;
  v_returns_at timestamptz;
BEGIN
  PERFORM books.enter_books();
  SELECT g.sharing -> 'gifts' AS gifts, g.spending, g.time_zone INTO v_programme
    FROM programme g WHERE g.version = p_terms;
  IF NOT FOUND THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;
  v_gifts := v_programme.gifts;
  PERFORM books.lock_circle(p_member);
  SELECT * INTO v_earlier FROM transfer t WHERE t.claim = p_claim;
  IF FOUND THEN
    RETURN QUERY SELECT
      CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED' ELSE 'IDEMPOTENCY_KEY_REUSED' END,
      v_earlier.id;
    RETURN;
  END IF;
  SELECT m.status, m.spend_locked_at, m.spend_paused_until INTO v_known FROM member m WHERE m.member_id = p_member;
  SELECT * INTO v_balance FROM books.balance_at(p_member, p_now, p_today);
  v_to := books.receiver_of(p_card);
  outcome := CASE
    WHEN NOT books.is_fresh(p_grant, p_fresh_since) THEN 'STEP_UP_REQUIRED'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN v_known.status = 'closed' THEN 'MEMBER_CLOSED'
    WHEN v_known.status = 'suspended' THEN 'MEMBER_SUSPENDED'
    WHEN v_known.status = 'locked' OR v_known.spend_locked_at IS NOT NULL THEN 'SPEND_LOCKED'
    WHEN v_known.spend_paused_until > p_now THEN 'SPEND_PAUSED'
    WHEN p_points > books.may_give(p_member, v_gifts, p_now) THEN 'TRANSFER_LIMIT'
    WHEN v_balance.available < p_points THEN 'NOT_ENOUGH_POINTS'
    WHEN v_to = p_member THEN 'TRANSFER_TO_ONESELF'
    WHEN v_to IS NULL THEN 'RECEIVER_NOT_FOUND' END;
  outcome := coalesce(outcome, books.spending_trouble(p_member, NULL, p_points, v_balance.available,
                                                      v_programme.spending, true, p_now));
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM books.free_expired_holds(p_member, p_now);
  v_returns_at := p_now + make_interval(days => (v_gifts ->> 'days')::int);
  FOR v_lot IN
    SELECT l.seq, l.remaining,
           (l.expires_on + 1)::timestamp AT TIME ZONE v_programme.time_zone AS day_over
      FROM lot l
     WHERE l.member_id = p_member AND l.remaining > 0
       AND (l.expires_on IS NULL OR l.expires_on >= p_today)
       AND (l.spendable_from IS NULL OR l.spendable_from <= p_now)
     ORDER BY l.expires_on, l.earned_at, l.seq
  LOOP
    EXIT WHEN v_left = 0;
    v_part := least(v_lot.remaining, v_left);
    v_last := books.pass_on(p_member, v_lot.seq, v_part, p_now);
    v_first := coalesce(v_first, v_last);
    v_left := v_left - v_part;
    v_returns_at := least(v_returns_at, v_lot.day_over);
  END LOOP;
  IF v_left > 0 THEN
    RAISE EXCEPTION 'The lots of a member do not hold what its balance says.';
  END IF;
  INSERT INTO transfer (claim, request_hash, from_member_id, to_member_id, points, first_seq,
                        last_seq, sent_at, returns_at, state, client_id, request_id)
  VALUES (p_claim, p_hash, p_member, v_to, p_points, v_first, v_last, p_now, v_returns_at, 'PENDING',
          p_client, p_request)
  RETURNING id INTO transfer_id;
  PERFORM books.warn_login(books.login_of(p_member), 'POINTS_GIVEN',
                           jsonb_build_object('points', p_points), p_now);
  outcome := 'SENT';
  RETURN NEXT;
END $$
