-- Award points for purchases of one partner: one row or a thousand, one transaction.
-- Each row is judged by itself, in this order: replayed, key reused, partner suspended, what
-- the rules refused (p_refusals), who the member is, purchase reference reused, packs or credit
-- used up. With p_all_or_nothing one refused row keeps every row from being written.
-- Points under a promotion are issued in parts, one per funder (p_share_*, by the row's place,
-- counted from 1); all others by the partner alone.
CREATE FUNCTION verbs.award_points(
  p_partner int, p_terms int, p_now timestamptz, p_all_or_nothing boolean, p_client text,
  p_request uuid,
  p_claims uuid[], p_hashes uuid[], p_member_kinds text[], p_member_values text[],
  p_refusals text[], p_references text[], p_purchased_at timestamptz[], p_amounts bigint[],
  p_bases bigint[], p_points bigint[], p_agreements int[], p_spendable_from timestamptz[],
  p_expires_on date[], p_stores text[], p_terminals text[], p_channels text[], p_lines jsonb[],
  p_promotions int[],
  p_share_places int[], p_share_parts int[], p_share_partners int[], p_share_agreements int[],
  p_share_points bigint[]
) RETURNS TABLE (place int, outcome text, member_id bigint, seq int, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_members bigint[];
  v_troubles text[];
  v_partner_active boolean;
  v_calendar text;
  -- Who pays for the points beforehand or on credit (books.draw_allowances); mostly nobody.
  v_places int[];
  v_payers int[];
  v_kinds smallint[];
  v_units bigint[];
  v_refusals text[];
BEGIN
  PERFORM books.enter_books();
  SELECT p.status IN ('active', 'leaving'), p.calendar INTO v_partner_active, v_calendar
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

  IF EXISTS (SELECT 1 FROM contract c
              WHERE (c.partner_id = p_partner OR c.partner_id = ANY (p_share_partners))
                AND (c.overdraft IS NOT NULL OR c.credit_limit IS NOT NULL)) THEN
    SELECT array_agg(d.place), array_agg(d.partner_id), array_agg(d.kind), array_agg(d.units),
           array_agg(d.refusal)
      INTO v_places, v_payers, v_kinds, v_units, v_refusals
      FROM (
        SELECT array_agg(a.place::int) AS places,
               array_agg(coalesce(s.partner_id, p_partner)) AS partners,
               array_agg(coalesce(s.agreement_id, a.agreement_id)) AS agreements,
               array_agg(coalesce(s.points, a.points)) AS points
          FROM unnest(p_claims, p_refusals, v_troubles, v_members, p_references, p_agreements,
                      p_points) WITH ORDINALITY
               AS a (claim, refusal, trouble, member_id, reference, agreement_id, points, place)
          JOIN member m ON m.member_id = a.member_id AND m.status NOT IN ('closed', 'suspended')
          LEFT JOIN unnest(p_share_places, p_share_partners, p_share_agreements, p_share_points)
               AS s (place, partner_id, agreement_id, points) ON s.place = a.place
         WHERE v_partner_active AND a.refusal IS NULL AND a.trouble IS NULL
           AND NOT EXISTS (SELECT 1 FROM award e WHERE e.claim = a.claim)
           AND NOT EXISTS (SELECT 1 FROM award e
                            WHERE e.partner_id = p_partner AND e.reference = a.reference)) c,
      LATERAL books.draw_allowances(c.places, c.partners, c.agreements, c.points) d;
  END IF;

  RETURN QUERY
  WITH judged AS (
    SELECT a.*, b.seq AS last_seq, b.owed, b.head, earlier.member_id AS earlier_member,
           earlier.seq AS earlier_seq, earlier.recorded_at AS earlier_at,
      CASE WHEN earlier.request_hash = a.hash THEN 'REPLAYED'
           WHEN earlier.claim IS NOT NULL THEN 'IDEMPOTENCY_KEY_REUSED'
           WHEN NOT v_partner_active THEN 'PARTNER_SUSPENDED'
           WHEN a.refusal IS NOT NULL THEN a.refusal
           WHEN a.trouble IS NOT NULL THEN a.trouble
           WHEN m.status = 'closed' THEN 'MEMBER_CLOSED'
           WHEN m.status = 'suspended' THEN 'MEMBER_SUSPENDED'
           WHEN same.claim IS NOT NULL THEN 'PURCHASE_REFERENCE_REUSED'
           WHEN unpaid.refusal IS NOT NULL THEN unpaid.refusal
           ELSE 'AWARDED' END AS outcome
      FROM unnest(p_claims, p_hashes, v_members, v_troubles, p_refusals, p_references,
                  p_purchased_at, p_amounts, p_bases, p_points, p_agreements, p_spendable_from,
                  p_expires_on, p_stores, p_terminals, p_channels, p_lines, p_promotions)
           WITH ORDINALITY
           AS a (claim, hash, member_id, trouble, refusal, reference, purchased_at, amount, basis,
                 points, agreement_id, spendable_from, expires_on, store, terminal, channel,
                 lines, promotion_id, place)
      LEFT JOIN award earlier ON earlier.claim = a.claim
      LEFT JOIN award same ON same.partner_id = p_partner AND same.reference = a.reference
      LEFT JOIN member m ON m.member_id = a.member_id
      LEFT JOIN balance b ON b.member_id = a.member_id
      LEFT JOIN (SELECT u.place, min(u.refusal) AS refusal
                   FROM unnest(v_places, v_refusals) AS u (place, refusal)
                  GROUP BY u.place) unpaid ON unpaid.place = a.place
  ), counted AS (
    SELECT j.*, j.outcome = 'AWARDED' AND NOT (p_all_or_nothing
             AND bool_or(j.outcome NOT IN ('AWARDED', 'REPLAYED')) OVER ()) AS wins
      FROM judged j
  ), parted AS (
    SELECT c.*, coalesce(s.part, 1) AS part, coalesce(s.partner_id, p_partner) AS issuer_id,
           coalesce(s.agreement_id, c.agreement_id) AS issued_under,
           coalesce(s.points, c.points) AS issued
      FROM counted c
      LEFT JOIN unnest(p_share_places, p_share_parts, p_share_partners, p_share_agreements,
                       p_share_points) AS s (place, part, partner_id, agreement_id, points)
        ON s.place = c.place AND c.wins
  ), owing AS (
    -- New points pay a debt first, award by award in the order given.
    SELECT p.*, (CASE WHEN p.wins AND p.owed > 0
             THEN least(p.issued, greatest(p.owed - (sum(p.issued) OVER w - p.issued), 0))
             ELSE 0 END)::bigint AS repaid
      FROM parted p
    WINDOW w AS (PARTITION BY p.wins, p.member_id ORDER BY p.place, p.part)
  ), placed AS (
    SELECT o.*, clock_timestamp() AS written_at,
           CASE WHEN o.spendable_from > p_now THEN o.spendable_from END AS pending_until,
           (o.last_seq + row_number() OVER w
              + count(*) FILTER (WHERE o.repaid > 0) OVER w
              - CASE WHEN o.repaid > 0 THEN 1 ELSE 0 END)::int AS seq,
           -- books.period_of, written out: a thousand calls would cost more than the look-ups.
           CASE WHEN o.wins THEN (SELECT id FROM period
             WHERE state = 'open' AND ends_at > o.purchased_at
               AND calendar = CASE WHEN o.issuer_id = p_partner THEN v_calendar
                     ELSE (SELECT b.calendar FROM partner b WHERE b.id = o.issuer_id) END
             ORDER BY ends_at LIMIT 1) END AS period_id
      FROM owing o
    WINDOW w AS (PARTITION BY o.wins, o.member_id ORDER BY o.place, o.part)
  ), awards AS (
    INSERT INTO award (member_id, seq, partner_id, agreement_id, claim, request_hash, reference,
                       purchased_at, amount, basis, points, spendable_from, expires_on,
                       store_code, terminal_code, channel, lines, recorded_at, promotion_id)
    SELECT p.member_id, p.seq, p_partner, p.agreement_id, p.claim, p.hash, p.reference,
           p.purchased_at, p.amount, p.basis, p.points, p.spendable_from, p.expires_on,
           p.store, p.terminal, p.channel, p.lines, p.written_at, p.promotion_id
      FROM placed p WHERE p.wins AND p.part = 1
  ), shares AS (
    INSERT INTO award_share (member_id, act_seq, partner_id, award_seq, entry_seq, awarded_by,
                             agreement_id, points)
    SELECT p.member_id, min(p.seq) OVER w, p.issuer_id, min(p.seq) OVER w, p.seq, p_partner,
           p.issued_under, p.issued
      FROM placed p WHERE p.wins AND p.promotion_id IS NOT NULL
    WINDOW w AS (PARTITION BY p.place)
  ), uses AS (
    INSERT INTO allowance_use (member_id, seq, partner_id, kind, entry_seq, period_id,
                               agreement_id, points, units)
    SELECT p.member_id, p.seq, p.issuer_id, u.kind, p.seq, p.period_id, p.issued_under, p.issued,
           u.units
      FROM placed p
      JOIN unnest(v_places, v_payers, v_kinds, v_units) AS u (place, partner_id, kind, units)
        ON u.place = p.place AND u.partner_id = p.issuer_id
     WHERE p.wins
  ), lots AS (
    INSERT INTO lot (member_id, seq, issuer_id, agreement_id, points, remaining, earned_at,
                     spendable_from, expires_on)
    SELECT p.member_id, p.seq, p.issuer_id, p.issued_under, p.issued, p.issued - p.repaid,
           p.purchased_at, p.pending_until, p.expires_on
      FROM placed p WHERE p.wins
  ), moves AS (
    SELECT p.member_id, p.seq, p.period_id, 1::smallint AS kind, 10::smallint AS debit,
           20::smallint AS credit, p.issued AS points, p.issuer_id, p.issued_under,
           p.promotion_id, p.purchased_at, p.written_at, p.head, p.purchased_at AS earned_at,
           p.pending_until, p.expires_on, CASE WHEN p.part = 1 THEN books.purchase_text(p.claim,
             p.hash, p.reference, p.amount, p.basis, p.spendable_from, p.store, p.terminal,
             p.channel, p.lines)
           END AS purchase
      FROM placed p WHERE p.wins
    UNION ALL
    SELECT p.member_id, p.seq + 1, p.period_id, 3::smallint, 20::smallint, 22::smallint, p.repaid,
           p.issuer_id, p.issued_under, p.promotion_id, p.purchased_at, p.written_at, p.head, NULL,
           NULL, NULL, NULL
      FROM placed p WHERE p.wins AND p.repaid > 0
  ), hashed AS (
    SELECT m.*, books.chained(m.head, books.entry_text(m.member_id, m.seq, m.period_id, m.kind,
             m.debit, m.credit, m.points, m.issuer_id, m.issued_under, m.promotion_id, NULL, NULL,
             m.purchased_at, m.written_at, m.earned_at, m.pending_until, m.expires_on,
             m.purchase)) OVER (PARTITION BY m.member_id ORDER BY m.seq) AS hash
      FROM moves m
  ), entries AS (
    INSERT INTO entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                       agreement_id, occurred_at, recorded_at, promotion_id, hash)
    SELECT h.member_id, h.seq, h.period_id, h.kind, h.debit, h.credit, h.points, h.issuer_id,
           h.issued_under, h.purchased_at, h.written_at, h.promotion_id, h.hash
      FROM hashed h
  ), repayments AS (
    INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points, issuer_id,
                         partner_id, issuer_period_id)
    SELECT p.member_id, p.seq + 1, p.seq, p.period_id, 20, 22, p.repaid, p.issuer_id, p.issuer_id,
           p.period_id
      FROM placed p WHERE p.wins AND p.repaid > 0
  ), events AS (
    -- books.tell, written out for the same reason as books.period_of.
    INSERT INTO event (kind, partner_id, member_id, seq, client_id, request_id)
    SELECT 1, p_partner, p.member_id, p.seq, p_client, p_request
      FROM placed p WHERE p.wins AND p.part = 1 ORDER BY p.place
  ), balances AS (
    UPDATE balance SET points = balance.points + s.points, owed = balance.owed - s.repaid,
                       seq = s.seq, head = s.head
      FROM (SELECT h.member_id, sum(CASE h.kind WHEN 1 THEN h.points ELSE -h.points END) AS points,
                   coalesce(sum(h.points) FILTER (WHERE h.kind = 3), 0) AS repaid,
                   max(h.seq) AS seq, (array_agg(h.hash ORDER BY h.seq DESC))[1] AS head
              FROM hashed h GROUP BY h.member_id) s
     WHERE balance.member_id = s.member_id
  )
  SELECT p.place::int,
         CASE WHEN p.outcome = 'AWARDED' AND NOT p.wins THEN 'BATCH_REJECTED' ELSE p.outcome END,
         coalesce(p.earlier_member, p.member_id), coalesce(p.earlier_seq, p.seq),
         coalesce(p.earlier_at, p.written_at)
    FROM placed p WHERE p.part = 1 ORDER BY p.place;

  IF v_places IS NOT NULL THEN
    -- What was drawn for rows that were not written after all.
    PERFORM books.give_allowance(u.partner_id, u.kind, sum(u.units)::bigint)
       FROM unnest(v_places, v_payers, v_kinds, v_units) AS u (place, partner_id, kind, units)
      WHERE u.kind IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM award a WHERE a.claim = p_claims[u.place])
      GROUP BY u.partner_id, u.kind;
    PERFORM books.warn_of_allowance(u.partner_id, u.kind, p_client, p_request)
       FROM (SELECT DISTINCT d.partner_id, d.kind
               FROM unnest(v_payers, v_kinds) AS d (partner_id, kind) WHERE d.kind IS NOT NULL) u;
  END IF;
  IF 'PAYMENT_CARD' = ANY (p_member_kinds) THEN
    -- Its holder sees when it was last of use; the books do not tell by what a member was known.
    -- Who has it now is told of no purchase of whoever had it before.
    UPDATE payment_card c SET last_used_at = greatest(c.last_used_at, u.purchased_at)
      FROM (SELECT a.value, w.member_id, max(w.purchased_at) AS purchased_at
              FROM unnest(p_member_kinds, p_member_values, p_claims) AS a (kind, value, claim)
              JOIN award w ON w.claim = a.claim
             WHERE a.kind = 'PAYMENT_CARD' GROUP BY a.value, w.member_id) u
     WHERE c.partner_id = p_partner AND c.token = u.value AND c.member_id = u.member_id;
  END IF;
END $$
