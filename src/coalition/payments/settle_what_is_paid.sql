-- See anew what keeps periods from being settled, once payments of theirs have moved, and settle
-- those that nothing keeps.
CREATE FUNCTION books.settle_what_is_paid(
  p_periods int[], p_client text, p_grant uuid, p_request uuid
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_period int;
BEGIN
  FOREACH v_period IN ARRAY coalesce(p_periods, '{}') LOOP
    PERFORM books.gate_payments(v_period);
    IF NOT EXISTS (SELECT 1 FROM books.open_gates(v_period, 'settled')) THEN
      PERFORM books.step_period(v_period, '{instructed}', 'settled', p_client, p_grant, p_request,
        NULL);
    END IF;
  END LOOP;
END $$
