-- Keep what the statements of a file are called (take_bank_file.statements_as_json), each with the
-- last number before those that lack, and with the one that it tells of again. Numbers are those of
-- an account in one currency; many banks begin anew each year, so a number that is not above the
-- one of the day before begins again at 1.
CREATE FUNCTION books.write_bank_statements(p_file bigint, p_statements jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = coalition, pg_temp AS $$
DECLARE
  s record;
  v_before bigint;
BEGIN
  FOR s IN
    SELECT * FROM ROWS FROM (jsonb_to_recordset(p_statements) AS (
        account text, currency text, identification text, page bigint, sequence bigint, day date))
      WITH ORDINALITY AS t (account, currency, identification, page, sequence, day, place)
     ORDER BY place
  LOOP
    SELECT b.sequence INTO v_before FROM bank_statement b
     WHERE b.account = s.account AND b.currency IS NOT DISTINCT FROM s.currency
       AND b.sequence IS NOT NULL AND (b.day < s.day OR (b.day = s.day AND b.sequence <= s.sequence))
     ORDER BY b.day DESC, b.sequence DESC LIMIT 1;
    INSERT INTO bank_statement (bank_file_id, place, account, currency, identification, page,
                                sequence, day, missing_after, repeats)
    SELECT p_file, s.place, s.account, s.currency, s.identification, s.page, s.sequence, s.day,
           CASE WHEN s.sequence > v_before + 1 THEN v_before
                WHEN s.sequence < v_before AND s.sequence > 1 THEN 0 END,
           (SELECT max(b.id) FROM bank_statement b
             WHERE b.account = s.account AND b.currency IS NOT DISTINCT FROM s.currency
               AND b.identification = s.identification AND b.page IS NOT DISTINCT FROM s.page);
  END LOOP;
END $$
