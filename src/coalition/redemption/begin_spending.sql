-- What a hold and a redemption ask before they write, under the member's lock and that of its
-- household, whose points it may spend as its own (books.draw_pool). MAY_SPEND comes
-- with the place in the member's ledger to write at; only then have holds past their time been
-- released, so that a refusal leaves every table as it was; but what is blocked as a pattern or a
-- limit is told of, by p_client and p_request. p_is_fresh: the member has just shown that it is it.
CREATE FUNCTION books.begin_spending(
  p_partner int, p_terms int, p_claim uuid, p_hash uuid, p_table text, p_member_kind text,
  p_member_value text, p_refusal text, p_points bigint, p_now timestamptz, p_today date,
  p_is_fresh boolean, p_client text, p_request uuid,
  OUT outcome text, OUT member_id bigint, OUT seq int
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_member bigint;
  v_trouble text;
  v_spending jsonb;
  v_known record;
  v_earlier record;
  v_balance record;
  v_locked bigint[];
  v_pool record;
  v_available bigint;
BEGIN
  PERFORM books.enter_books();
  SELECT g.spending INTO v_spending FROM programme g WHERE g.version = p_terms;
  IF NOT FOUND THEN
    outcome := 'TERMS_CHANGED';
    RETURN;
  END IF;
  SELECT r.member_id, r.trouble INTO v_member, v_trouble
    FROM books.resolve_member(p_partner, p_member_kind, p_member_value) r;
  v_locked := books.lock_circle(v_member);
  IF p_table = 'hold' THEN
    SELECT h.member_id, h.seq, h.request_hash INTO v_earlier FROM hold h WHERE h.claim = p_claim;
  ELSE
    SELECT r.member_id, r.seq, r.request_hash INTO v_earlier
      FROM redemption r WHERE r.claim = p_claim;
  END IF;
  IF FOUND THEN
    member_id := v_earlier.member_id;
    seq := v_earlier.seq;
    outcome := CASE WHEN v_earlier.request_hash = p_hash THEN 'REPLAYED'
                    ELSE 'IDEMPOTENCY_KEY_REUSED' END;
    RETURN;
  END IF;
  SELECT m.status, m.spend_locked_at, m.spend_paused_until,
         coalesce(m.spend_confirmed_until > p_now, false) AS confirmed
    INTO v_known FROM member m WHERE m.member_id = v_member;
  outcome := CASE
    WHEN NOT books.may_post(p_partner) THEN 'PARTNER_SUSPENDED'
    WHEN p_refusal IS NOT NULL THEN p_refusal
    WHEN v_trouble IS NOT NULL THEN v_trouble
    WHEN v_known.status = 'closed' THEN 'MEMBER_CLOSED'
    WHEN v_known.status = 'suspended' THEN 'MEMBER_SUSPENDED'
    WHEN v_known.status = 'locked' OR v_known.spend_locked_at IS NOT NULL THEN 'SPEND_LOCKED'
    WHEN v_known.spend_paused_until > p_now THEN 'SPEND_PAUSED' END;
  IF outcome IS NOT NULL THEN
    RETURN;
  END IF;
  SELECT * INTO v_balance FROM books.balance_at(v_member, p_now, p_today);
  v_available := v_balance.available;
  IF cardinality(v_locked) > 1 THEN
    SELECT * INTO v_pool FROM books.pool_of(v_member, v_locked, p_now);
    v_available := v_available + books.pooled_points(v_pool.members, p_now, p_today);
  END IF;
  IF v_available < p_points THEN
    outcome := 'NOT_ENOUGH_POINTS';
    RETURN;
  END IF;
  outcome := books.spending_trouble(v_member, p_partner, p_points, v_available, v_spending,
                                    p_is_fresh OR v_known.confirmed, p_now);
  IF outcome IS NOT NULL THEN
    PERFORM books.tell(15, p_partner, v_member, 0, p_client, p_request);
    RETURN;
  END IF;
  IF v_balance.holds_due > 0 THEN
    PERFORM books.free_expired_holds(v_member, p_now);
  END IF;
  IF v_available > v_balance.available THEN
    PERFORM books.draw_pool(v_member, v_pool.household_id, v_pool.members, p_points, p_now, p_today);
  END IF;
  outcome := 'MAY_SPEND';
  member_id := v_member;
  SELECT b.seq + 1 INTO seq FROM balance b WHERE b.member_id = v_member;
END $$
