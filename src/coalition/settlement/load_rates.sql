-- Keep rates of a source, all or nothing. A rate that is known is left alone; another one for the
-- same day and pair is refused: what was netted at it stands. p_dry: everything but the rows.
CREATE FUNCTION verbs.load_rates(
  p_source text, p_dates date[], p_bases text[], p_quotes text[], p_rates numeric[], p_dry boolean,
  p_client text
) RETURNS TABLE (place int, outcome text, known numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(1, 3);
  RETURN QUERY
  WITH told AS (
    SELECT t.*, r.rate AS known,
           CASE WHEN r.rate IS NULL THEN 'LOADED' WHEN r.rate = t.rate THEN 'KNOWN'
                ELSE 'FX_RATE_DIFFERS' END AS outcome
      FROM unnest(p_dates, p_bases, p_quotes, p_rates) WITH ORDINALITY
           AS t (on_date, base, quote, rate, place)
      LEFT JOIN fx_rate r ON (r.source, r.on_date, r.base, r.quote)
                           = (p_source, t.on_date, t.base, t.quote)
  ), kept AS (
    INSERT INTO fx_rate (source, on_date, base, quote, rate, client_id)
    SELECT p_source, t.on_date, t.base, t.quote, t.rate, p_client
      FROM told t
     WHERE t.outcome = 'LOADED' AND NOT p_dry
       AND NOT EXISTS (SELECT 1 FROM told x WHERE x.outcome = 'FX_RATE_DIFFERS')
  )
  SELECT t.place::int, t.outcome, t.known FROM told t ORDER BY t.place;
END $$
