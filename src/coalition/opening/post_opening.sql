-- Carry over the loaded lots of a file, all of them or none. The same content again (p_sha256) is
-- REPEATED and posts nothing. Control totals come by issuer.
CREATE FUNCTION verbs.post_opening(
  p_upload uuid, p_source text, p_as_of timestamptz, p_file_name text, p_sha256 bytea,
  p_enrol boolean, p_issuers int[], p_lots int[], p_points bigint[], p_paid boolean[],
  p_client text, p_request uuid
) RETURNS TABLE (outcome text, opening_id bigint, members bigint, enrolled bigint, rows bigint,
                 lines int[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = coalition, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_hashjoin = on SET enable_mergejoin = on
SET enable_seqscan = on SET enable_bitmapscan = on AS $$
#variable_conflict use_column
BEGIN
  PERFORM books.enter_books();
  -- Two files take turns, or both would find their lots not carried over yet.
  PERFORM pg_advisory_xact_lock(5, 1);
  SELECT o.id, o.members, o.enrolled INTO opening_id, members, enrolled
    FROM opening o WHERE o.sha256 = p_sha256;
  IF FOUND THEN
    outcome := 'REPEATED';
    RETURN NEXT;
    RETURN;
  END IF;
  ANALYZE opening_row;
  UPDATE opening_row r SET member_id = i.member_id
    FROM identifier i
   WHERE r.upload = p_upload AND i.kind = r.member_kind AND i.value = r.member_value
     AND i.partner_id = CASE WHEN r.member_kind = 'CARD' THEN 0 ELSE r.issuer_id END;
  SELECT t.code, t.rows, t.lines INTO outcome, rows, lines
    FROM books.opening_trouble(p_upload, p_enrol) t;
  IF outcome IS NOT NULL THEN
    RETURN NEXT;
    RETURN;
  END IF;

  enrolled := books.enrol_strangers(p_upload, p_client, p_request);
  SELECT count(DISTINCT r.member_id), count(*) INTO members, rows
    FROM opening_row r WHERE r.upload = p_upload;
  INSERT INTO opening (source, as_of, file_name, sha256, client_id, request_id, members, enrolled)
  VALUES (p_source, p_as_of, p_file_name, p_sha256, p_client, p_request, members, enrolled)
  RETURNING id INTO opening_id;
  INSERT INTO opening_issuer (opening_id, issuer_id, lots, points, paid)
  SELECT opening_id, t.issuer_id, t.lots, t.points, t.paid
    FROM unnest(p_issuers, p_lots, p_points, p_paid) AS t (issuer_id, lots, points, paid);
  PERFORM books.post_opening_lots(p_upload, opening_id, p_as_of, p_client, p_request);
  IF EXISTS (
    SELECT 1 FROM opening_issuer t
     WHERE t.opening_id = post_opening.opening_id AND (t.lots, t.points) <> (
       SELECT count(*), coalesce(sum(l.points), 0) FROM opening_lot l
        WHERE l.opening_id = t.opening_id AND l.issuer_id = t.issuer_id)) THEN
    RAISE EXCEPTION 'What was carried over is not what was signed for.';
  END IF;
  outcome := 'CARRIED_OVER';
  RETURN NEXT;
END $$
