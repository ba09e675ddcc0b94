-- What of an entry goes into its hash, in one spelling: whole numbers, nothing for null, times as
-- microseconds since 1970 (docs/books.md). Never changes: a chain would not verify any more.
CREATE FUNCTION books.entry_text(
  p_member bigint, p_seq int, p_period int, p_kind smallint, p_debit smallint, p_credit smallint,
  p_points bigint, p_partner int, p_agreement int, p_promotion int, p_reverses int,
  p_reverses_period int, p_occurred_at timestamptz, p_recorded_at timestamptz
) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT concat(p_member, '|', p_seq, '|', p_period, '|', p_kind, '|', p_debit, '|', p_credit, '|',
    p_points, '|', p_partner, '|', p_agreement, '|', p_promotion, '|', p_reverses, '|',
    p_reverses_period, '|', (extract(epoch FROM p_occurred_at) * 1000000)::bigint, '|',
    (extract(epoch FROM p_recorded_at) * 1000000)::bigint)
$$
