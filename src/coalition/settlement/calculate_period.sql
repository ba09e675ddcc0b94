-- Write the statements of a reconciled period with what they move, and what became of each
-- issuer's points by the month in which they were earned, all at once. Whoever comes second finds it calculated and writes nothing.
CREATE FUNCTION verbs.calculate_period(
  p_period int, p_issued_at timestamptz, p_runs jsonb, p_rolls jsonb, p_client text, p_grant uuid,
  p_request uuid
) RETURNS TABLE (outcome text, moved boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  moved := false;
  SELECT p.state INTO outcome FROM period p WHERE p.id = p_period FOR UPDATE;
  IF outcome = 'reconciling' THEN
    IF EXISTS (SELECT 1 FROM books.open_gates(p_period, 'calculated')) THEN
      outcome := 'GATED';
    ELSE
      PERFORM books.write_statements(p_period, p_issued_at, p_runs, p_client, p_grant, p_request,
        NULL);
      INSERT INTO cohort_roll (period_id, issuer_id, agreement_id, earned_in, used_in, issued,
                               returned, redeemed, refunded, expired, repaid, opened)
      SELECT p_period, r.issuer_id, r.agreement_id, r.earned_in, r.used_in, r.issued, r.returned,
             r.redeemed, r.refunded, r.expired, r.repaid, r.opened
        FROM jsonb_to_recordset(p_rolls) AS r (issuer_id int, agreement_id int, earned_in date,
               used_in date, issued bigint, returned bigint, redeemed bigint, refunded bigint,
               expired bigint, repaid bigint, opened bigint);
      INSERT INTO issuer_roll (period_id, issuer_id, issued, returned, redeemed, refunded, expired,
                               repaid, opened)
      SELECT p_period, c.issuer_id, sum(c.issued), sum(c.returned), sum(c.redeemed),
             sum(c.refunded), sum(c.expired), sum(c.repaid), sum(c.opened)
        FROM cohort_roll c WHERE c.period_id = p_period GROUP BY c.issuer_id;
      PERFORM books.keep_period_head(p_period);
      PERFORM books.step_period(p_period, '{reconciling}', 'calculated', p_client, p_grant,
        p_request, NULL);
      PERFORM books.relieve_packs(p_period);
      outcome := 'calculated';
      moved := true;
    END IF;
  END IF;
  RETURN NEXT;
END $$
