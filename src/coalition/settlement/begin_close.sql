-- From here on nothing is added to a period: its lock waits for what is in flight and holds up
-- whoever would post for just this moment. Its part of the books then refuses new rows by itself.
-- A later period of the same calendar must be open, so that what comes late has a place.
CREATE FUNCTION verbs.begin_close(
  p_calendar text, p_label text, p_now timestamptz, p_client text, p_grant uuid, p_request uuid
) RETURNS TABLE (outcome text, period_id int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_period period;
  v_part text;
BEGIN
  SELECT * INTO v_period FROM period p WHERE p.calendar = p_calendar AND p.label = p_label;
  IF v_period.state = 'open' THEN
    PERFORM pg_advisory_xact_lock(1, 1);
    SELECT * INTO v_period FROM period p WHERE p.calendar = p_calendar AND p.label = p_label
      FOR UPDATE;
  END IF;
  period_id := v_period.id;
  outcome := CASE
    WHEN v_period.id IS NULL THEN 'PERIOD_NOT_FOUND'
    WHEN v_period.state <> 'open' THEN v_period.state
    WHEN v_period.ends_at > p_now THEN 'PERIOD_NOT_ENDED'
    WHEN NOT EXISTS (SELECT 1 FROM period p WHERE p.state = 'open' AND p.calendar = p_calendar
                        AND p.ends_at > v_period.ends_at)
      THEN 'NO_NEXT_PERIOD'
    ELSE 'open' END;
  IF outcome = 'open' THEN
    PERFORM books.bill_packs(v_period.id);
    PERFORM books.step_period(v_period.id, '{open}', 'closing', p_client, p_grant, p_request, NULL);
    UPDATE period p SET closed_at = clock_timestamp() WHERE p.id = v_period.id;
    FOREACH v_part IN ARRAY ARRAY['entry_of_', 'lot_use_of_'] LOOP
      EXECUTE format('CREATE TRIGGER closed BEFORE INSERT ON %I FOR EACH ROW'
        ' EXECUTE FUNCTION coalition.refuse_late_entry()', v_part || v_period.id);
    END LOOP;
    outcome := 'closing';
  END IF;
  RETURN NEXT;
END $$
