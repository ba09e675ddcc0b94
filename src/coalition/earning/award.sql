-- Award points for purchases of one partner: one row or a thousand, one transaction.
-- Each row is judged by itself, in this order: replayed, key reused, partner suspended, what
-- the rules refused (p_refusals), who the member is, purchase reference reused. With
-- p_all_or_nothing one refused row keeps every row from being written.
CREATE FUNCTION verbs.award_points(
  p_partner int, p_terms int, p_now timestamptz, p_all_or_nothing boolean, p_client text,
  p_request uuid,
  p_claims uuid[], p_hashes uuid[], p_member_kinds text[], p_member_values text[],
  p_refusals text[], p_references text[], p_purchased_at timestamptz[], p_amounts bigint[],
  p_bases bigint[], p_points bigint[], p_agreements int[], p_spendable_from timestamptz[],
  p_expires_on date[], p_stores text[], p_terminals text[], p_channels text[], p_lines jsonb[]
) RETURNS TABLE (place int, outcome text, member_id bigint, seq int, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_members bigint[];
  v_troubles text[];
  v_partner_active boolean;
BEGIN
  PERFORM books.enter_books();
  SELECT p.status IN ('active', 'leaving') INTO v_partner_active
    FROM programme, partner p WHERE programme.version = p_terms AND p.id = p_partner;
  IF NOT FOUND THEN
    outcome := 'TERMS_CHANGED';
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT array_agg(r.member_id ORDER BY a.place), array_agg(r.trouble ORDER BY a.place)
    INTO v_members, v_troubles
    FROM unnest(p_member_kinds, p_member_values) WITH ORDINALITY AS a (kind, value, place),
         LATERAL books.resolve_member(p_partner, a.kind, a.value) r;
  -- Everybody locks members in the order of their numbers, so two batches cannot wait for
  -- each other. What is read below is read after the lock, in a new snapshot.
  PERFORM 1 FROM balance WHERE balance.member_id = ANY (v_members)
    ORDER BY balance.member_id FOR NO KEY UPDATE;

  RETURN QUERY
  WITH judged AS (
    SELECT a.*, b.seq AS last_seq, b.owed, earlier.member_id AS earlier_member,
           earlier.seq AS earlier_seq, earlier.recorded_at AS earlier_at,
      CASE WHEN earlier.request_hash = a.hash THEN 'REPLAYED'
           WHEN earlier.claim IS NOT NULL THEN 'IDEMPOTENCY_KEY_REUSED'
           WHEN NOT v_partner_active THEN 'PARTNER_SUSPENDED'
           WHEN a.refusal IS NOT NULL THEN a.refusal
           WHEN a.trouble IS NOT NULL THEN a.trouble
           WHEN m.status = 'closed' THEN 'MEMBER_CLOSED'
           WHEN m.status = 'suspended' THEN 'MEMBER_SUSPENDED'
           WHEN same.claim IS NOT NULL THEN 'PURCHASE_REFERENCE_REUSED'
           ELSE 'AWARDED' END AS outcome
      FROM unnest(p_claims, p_hashes, v_members, v_troubles, p_refusals, p_references,
                  p_purchased_at, p_amounts, p_bases, p_points, p_agreements, p_spendable_from,
                  p_expires_on, p_stores, p_terminals, p_channels, p_lines) WITH ORDINALITY
           AS a (claim, hash, member_id, trouble, refusal, reference, purchased_at, amount, basis,
                 points, agreement_id, spendable_from, expires_on, store, terminal, channel,
                 lines, place)
      LEFT JOIN award earlier ON earlier.claim = a.claim
      LEFT JOIN award same ON same.partner_id = p_partner AND same.reference = a.reference
      LEFT JOIN member m ON m.member_id = a.member_id
      LEFT JOIN balance b ON b.member_id = a.member_id
  ), counted AS (
    SELECT j.*, j.outcome = 'AWARDED' AND NOT (p_all_or_nothing
             AND bool_or(j.outcome NOT IN ('AWARDED', 'REPLAYED')) OVER ()) AS wins
      FROM judged j
  ), owing AS (
    -- New points pay a debt first, award by award in the order given.
    SELECT c.*, CASE WHEN c.wins AND c.owed > 0
             THEN least(c.points, greatest(c.owed - (sum(c.points) OVER w - c.points), 0))
             ELSE 0 END AS repaid
      FROM counted c
    WINDOW w AS (PARTITION BY c.wins, c.member_id ORDER BY c.place)
  ), placed AS (
    SELECT o.*, clock_timestamp() AS written_at,
           (o.last_seq + row_number() OVER w
              + count(*) FILTER (WHERE o.repaid > 0) OVER w
              - CASE WHEN o.repaid > 0 THEN 1 ELSE 0 END)::int AS seq,
           -- books.period_of, written out: a thousand calls would cost more than the look-ups.
           CASE WHEN o.wins THEN (SELECT id FROM period
             WHERE state = 'open' AND ends_at > o.purchased_at
             ORDER BY ends_at LIMIT 1) END AS period_id
      FROM owing o
    WINDOW w AS (PARTITION BY o.wins, o.member_id ORDER BY o.place)
  ), awards AS (
    INSERT INTO award (member_id, seq, partner_id, agreement_id, claim, request_hash, reference,
                       purchased_at, amount, basis, points, spendable_from, expires_on,
                       store_code, terminal_code, channel, lines, recorded_at)
    SELECT p.member_id, p.seq, p_partner, p.agreement_id, p.claim, p.hash, p.reference,
           p.purchased_at, p.amount, p.basis, p.points, p.spendable_from, p.expires_on,
           p.store, p.terminal, p.channel, p.lines, p.written_at
      FROM placed p WHERE p.wins
  ), lots AS (
    INSERT INTO lot (member_id, seq, issuer_id, agreement_id, points, remaining, earned_at,
                     spendable_from, expires_on)
    SELECT p.member_id, p.seq, p_partner, p.agreement_id, p.points, p.points - p.repaid,
           p.purchased_at, CASE WHEN p.spendable_from > p_now THEN p.spendable_from END,
           p.expires_on
      FROM placed p WHERE p.wins
  ), entries AS (
    INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                       agreement_id, occurred_at, recorded_at)
    SELECT p.member_id, p.seq, p.period_id, 1, 10, 20, p.points, p_partner, p.agreement_id,
           p.purchased_at, p.written_at
      FROM placed p WHERE p.wins
    UNION ALL
    SELECT p.member_id, p.seq + 1, p.period_id, 3, 20, 22, p.repaid, p_partner, p.agreement_id,
           p.purchased_at, p.written_at
      FROM placed p WHERE p.wins AND p.repaid > 0
  ), repayments AS (
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id)
    SELECT p.member_id, p.seq + 1, p.seq, p.period_id, 20, 22, p.repaid, p_partner, p_partner
      FROM placed p WHERE p.wins AND p.repaid > 0
  ), events AS (
    -- books.tell, written out for the same reason as books.period_of.
    INSERT INTO event (kind, partner_id, member_id, seq, client_id, request_id)
    SELECT 1, p_partner, p.member_id, p.seq, p_client, p_request
      FROM placed p WHERE p.wins ORDER BY p.place
  ), balances AS (
    UPDATE balance SET points = balance.points + s.points, owed = balance.owed - s.repaid,
                       seq = balance.seq + s.entries
      FROM (SELECT p.member_id, sum(p.points - p.repaid) AS points, sum(p.repaid) AS repaid,
                   count(*) + count(*) FILTER (WHERE p.repaid > 0) AS entries
              FROM placed p WHERE p.wins GROUP BY p.member_id) s
     WHERE balance.member_id = s.member_id
  )
  SELECT p.place::int,
         CASE WHEN p.outcome = 'AWARDED' AND NOT p.wins THEN 'BATCH_REJECTED' ELSE p.outcome END,
         coalesce(p.earlier_member, p.member_id), coalesce(p.earlier_seq, p.seq),
         coalesce(p.earlier_at, p.written_at)
    FROM placed p ORDER BY p.place;
END $$
