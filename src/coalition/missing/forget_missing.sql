-- What a member sent and wrote about purchases that it missed points for, when it is forgotten: the
-- pictures and the words go, what was decided about which purchase stays.
CREATE FUNCTION books.forget_missing(p_member bigint) RETURNS void
LANGUAGE sql AS $$
  UPDATE missing_receipt r SET content = NULL
   WHERE r.member_id = p_member AND r.content IS NOT NULL;
  UPDATE missing_step s SET message = NULL
   WHERE s.member_id = p_member AND s.message IS NOT NULL;
$$
