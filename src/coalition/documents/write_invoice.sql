-- Write one document of a side of a statement with the next number of its series; or, when it
-- takes `p_corrects` back, the same with every sign turned. NULL: there is nothing to bill.
-- Amounts are minor units; what is below zero in all becomes a credit note of the amounts above.
CREATE FUNCTION books.write_invoice(p_statement bigint, p_side text, p_corrects bigint)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  v_sold_by_partner boolean := p_side = 'REDEMPTION';
  v_head jsonb;
  v_net bigint;
  v_vat bigint;
  v_sign int;
  v_type int;
  v_issuer text;
  v_series text;
  v_place int;
  v_number text;
  v_content text;
  v_id bigint;
  s statement%ROWTYPE;
BEGIN
  SELECT * INTO s FROM statement WHERE id = p_statement;
  SELECT sum(l.amount) INTO v_net FROM books.invoice_lines(p_statement, p_side) l
  HAVING bool_or(l.amount <> 0);
  IF v_net IS NULL THEN
    RETURN NULL;
  END IF;
  v_vat := CASE WHEN v_sold_by_partner THEN s.vat_redeemed ELSE s.vat_issued END;
  v_sign := CASE WHEN v_net + v_vat < 0 THEN -1 ELSE 1 END;
  v_type := CASE WHEN (v_sign = 1) = (p_corrects IS NULL)
                 THEN CASE WHEN v_sold_by_partner THEN 389 ELSE 380 END
                 ELSE CASE WHEN v_sold_by_partner THEN 261 ELSE 381 END END;
  SELECT jsonb_build_object('partner', books.party(b.legal_entity_id), 'coalition',
           books.party(g.operator_entity_id), 'programme', g.name, 'brand', b.name,
           'period', p.label, 'timeZone', split_part(p.calendar, '@', 2))
    INTO v_head
    FROM partner b, programme g, period p WHERE b.id = s.partner_id AND p.id = s.period_id;
  v_issuer := coalesce(v_head #>> CASE WHEN v_sold_by_partner THEN '{partner,code}'::text[]
                                       ELSE '{coalition,code}'::text[] END, '');
  v_series := CASE v_type WHEN 380 THEN 'INV' WHEN 381 THEN 'CN' WHEN 389 THEN 'SB-' || v_issuer
                          ELSE 'SBCN-' || v_issuer END;
  SELECT coalesce(max(i.place), 0) + 1 INTO v_place
    FROM invoice i WHERE i.issuer = v_issuer AND i.series = v_series;
  v_number := v_series || '-' || lpad(v_place::text, 6, '0');
  v_content := jsonb_build_object(
    'format', 'coalition-invoice/1', 'language', 'en', 'number', v_number, 'typeCode', v_type,
    'programme', v_head -> 'programme', 'brand', v_head -> 'brand',
    'seller', v_head -> CASE WHEN v_sold_by_partner THEN 'partner' ELSE 'coalition' END,
    'buyer', v_head -> CASE WHEN v_sold_by_partner THEN 'coalition' ELSE 'partner' END,
    'period', v_head -> 'period', 'timeZone', v_head -> 'timeZone', 'statement', s.number,
    'statementHash', encode(s.hash, 'hex'),
    'corrects', (SELECT i.number FROM invoice i WHERE i.id = p_corrects),
    'issuedAt', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'currency', s.currency,
    'lines', (SELECT jsonb_agg(jsonb_build_object('line', l.line, 'description', l.description,
                       'points', (v_sign * l.points)::text, 'price', trim_scale(l.price)::text,
                       'share', trim_scale(l.share)::text, 'minor', (v_sign * l.amount)::text)
                       ORDER BY l.line)
                FROM books.invoice_lines(p_statement, p_side) l),
    'taxes', (SELECT coalesce(jsonb_agg(jsonb_build_object('mode', t ->> 'mode', 'rate',
                       t ->> 'rate', 'base', (v_sign * (t ->> 'base')::numeric)::text, 'vat',
                       (v_sign * (t ->> 'vat')::numeric)::text)), '[]')
                FROM jsonb_array_elements(s.taxes) t WHERE t ->> 'side' = p_side),
    'netMinor', (v_sign * v_net)::text, 'vatMinor', (v_sign * v_vat)::text,
    'totalMinor', (v_sign * (v_net + v_vat))::text)::text;
  INSERT INTO invoice (type_code, issuer, series, place, number, period_id, partner_id,
                       statement_id, corrects, currency, net, vat, total, content, sha256)
  VALUES (v_type, v_issuer, v_series, v_place, v_number, s.period_id, s.partner_id, s.id,
          p_corrects, s.currency, v_sign * v_net, v_sign * v_vat, v_sign * (v_net + v_vat),
          v_content, sha256(convert_to(v_content, 'UTF8')))
  RETURNING id INTO v_id;
  RETURN v_id;
END $$
