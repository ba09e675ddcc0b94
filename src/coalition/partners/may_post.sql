-- Whether anything may be posted for a partner: not while it is suspended, nor after it has left.
CREATE FUNCTION books.may_post(p_partner int) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM partner WHERE id = p_partner AND status IN ('active', 'leaving'))
$$
