-- What of an entry goes into its hash, in one spelling: whole numbers, nothing for null, times as
-- microseconds and days as days since 1970-01-01 (docs/books.md). An entry that makes a lot says the
-- lot's terms, and the award that it is of. Never changes: a chain would not verify any more.
CREATE FUNCTION books.entry_text(
  p_member bigint, p_seq int, p_period int, p_kind smallint, p_debit smallint, p_credit smallint,
  p_points bigint, p_partner int, p_agreement int, p_promotion int, p_reverses int,
  p_reverses_period int, p_occurred_at timestamptz, p_recorded_at timestamptz,
  p_earned_at timestamptz DEFAULT NULL, p_spendable_from timestamptz DEFAULT NULL,
  p_last_day date DEFAULT NULL, p_purchase text DEFAULT NULL
) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT concat(p_member, '|', p_seq, '|', p_period, '|', p_kind, '|', p_debit, '|', p_credit, '|',
    p_points, '|', p_partner, '|', p_agreement, '|', p_promotion, '|', p_reverses, '|',
    p_reverses_period, '|', (extract(epoch FROM p_occurred_at) * 1000000)::bigint, '|',
    (extract(epoch FROM p_recorded_at) * 1000000)::bigint, '|',
    (extract(epoch FROM p_earned_at) * 1000000)::bigint, '|',
    (extract(epoch FROM p_spendable_from) * 1000000)::bigint, '|', p_last_day - '1970-01-01'::date,
    '|', p_purchase)
$$
