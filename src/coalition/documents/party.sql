-- A legal entity as its documents name it, as it is at the moment.
CREATE FUNCTION books.party(p_entity int) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('code', e.code, 'name', e.name, 'street', d.street, 'postcode',
           d.postcode, 'city', d.city, 'country', e.country, 'vatId', d.vat_id)
    FROM coalition.legal_entity e
    LEFT JOIN coalition.entity_details d ON d.legal_entity_id = e.id
   WHERE e.id = p_entity
$$
