-- What partners' files said a member was known by. Its identifiers are still there.
CREATE FUNCTION books.forget_files(p_member bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM coalition.opening_row r WHERE r.member_id = p_member;
  UPDATE coalition.reconciliation_row r SET member_kind = NULL, member_value = NULL
    FROM coalition.identifier i
   WHERE i.member_id = p_member AND i.kind = r.member_kind AND i.value = r.member_value
     AND i.partner_id IN (0, r.partner_id);
  UPDATE coalition.reconciliation_item t
     SET told = t.told || '{"member": null, "memberKind": null}'
    FROM coalition.identifier i
   WHERE i.member_id = p_member AND i.kind = t.told ->> 'memberKind'
     AND i.value = t.told ->> 'member' AND i.partner_id IN (0, t.partner_id);
END $$
