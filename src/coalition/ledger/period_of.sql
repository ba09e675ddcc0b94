-- The period, in a partner's own calendar, that an entry of this business time belongs to: its own
-- while that is open, otherwise the next open one. Ask only inside enter_books.
CREATE FUNCTION books.period_of(p_partner int, p_occurred_at timestamptz) RETURNS int
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_period int;
BEGIN
  SELECT p.id INTO v_period FROM period p
   WHERE p.state = 'open' AND p.ends_at > p_occurred_at
     AND p.calendar = (SELECT b.calendar FROM partner b WHERE b.id = p_partner)
   ORDER BY p.ends_at LIMIT 1;
  IF v_period IS NULL THEN
    RAISE EXCEPTION 'No open period for % of partner %.', p_occurred_at, p_partner
      USING ERRCODE = 'CO001';
  END IF;
  RETURN v_period;
END $$
