-- Taken first by every verb that posts. The close of a period takes the same lock alone, so
-- it waits for what is in flight, and whoever comes later finds the period no longer open.
CREATE FUNCTION books.enter_books() RETURNS void
LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock_shared(1, 1)
$$
