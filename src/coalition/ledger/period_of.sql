-- The period an entry of this business time belongs to: its own while that is open, otherwise
-- the next open one. Ask only inside enter_books.
CREATE FUNCTION books.period_of(p_occurred_at timestamptz) RETURNS int
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_period int;
BEGIN
  SELECT id INTO v_period FROM period
   WHERE state = 'open' AND ends_at > p_occurred_at ORDER BY ends_at LIMIT 1;
  IF v_period IS NULL THEN
    RAISE EXCEPTION 'No open period for %.', p_occurred_at USING ERRCODE = 'CO001';
  END IF;
  RETURN v_period;
END $$
