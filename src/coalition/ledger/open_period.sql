-- Open a period of a calendar, with its own part of the books. Twice changes nothing.
-- The parts are made apart and then attached: attaching does not stop those who are posting.
CREATE FUNCTION verbs.open_period(
  p_calendar text, p_label text, p_starts_at timestamptz, p_ends_at timestamptz
)
RETURNS TABLE (period_id int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_table text;
  v_part text;
BEGIN
  PERFORM pg_advisory_xact_lock(1, 2);
  SELECT id INTO period_id FROM period WHERE calendar = p_calendar AND label = p_label;
  IF NOT FOUND THEN
    INSERT INTO period (calendar, label, starts_at, ends_at)
    VALUES (p_calendar, p_label, p_starts_at, p_ends_at)
    RETURNING id INTO period_id;
    FOREACH v_table IN ARRAY ARRAY['entry', 'lot_use'] LOOP
      v_part := format('%s_of_%s', v_table, period_id);
      -- Parts go by number, and hold nothing before their period: one that is there will do.
      CONTINUE WHEN to_regclass(v_part) IS NOT NULL;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', v_part, v_table);
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_part);
      EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION coalition.refuse_change()', v_part);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
        v_table, v_part, period_id, period_id + 1);
    END LOOP;
  END IF;
  RETURN NEXT;
END $$
