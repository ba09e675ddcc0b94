-- Pay for points that are about to be issued, out of what their issuers may issue: prepaid packs
-- first, then credit where the contract allows it. Each place (a row of a batch) is paid whole or
-- refused; the rows come in their order. Returns a row for each part that is paid (kind, units)
-- or refused; parts of issuers without packs and limits are absent.
CREATE FUNCTION books.draw_allowances(
  p_places int[], p_partners int[], p_agreements int[], p_points bigint[]
) RETURNS TABLE (place int, partner_id int, kind smallint, units bigint, refusal text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_partner record;
  v_part record;
  v_packs bigint;
  v_credit bigint;
  v_taken record;
BEGIN
  FOR v_partner IN
    SELECT c.partner_id AS id, c.overdraft IS NOT NULL AS prepaid,
           c.credit_limit IS NOT NULL AND coalesce(c.overdraft = 'to_limit', true) AS on_credit
      FROM contract c
     WHERE c.partner_id = ANY (p_partners) AND (c.overdraft IS NOT NULL OR c.credit_limit IS NOT NULL)
     ORDER BY c.partner_id
  LOOP
    v_packs := 0;
    IF v_partner.prepaid THEN
      SELECT * INTO v_taken FROM books.take_allowance(v_partner.id, 1::smallint,
        (SELECT sum(a.points)::bigint FROM unnest(p_partners, p_points) AS a (partner, points)
          WHERE a.partner = v_partner.id));
      v_packs := v_taken.taken;
    END IF;
    v_credit := NULL;
    FOR v_part IN
      SELECT a.place, a.agreement, a.points
        FROM unnest(p_places, p_partners, p_agreements, p_points)
             AS a (place, partner, agreement, points)
       WHERE a.partner = v_partner.id ORDER BY a.place
    LOOP
      place := v_part.place;
      partner_id := v_partner.id;
      kind := NULL;
      units := NULL;
      refusal := NULL;
      IF v_partner.prepaid AND v_part.points <= v_packs THEN
        kind := 1;
        units := v_part.points;
        v_packs := v_packs - units;
      ELSIF v_partner.on_credit THEN
        -- All that the rows from here on could need, once.
        IF v_credit IS NULL THEN
          SELECT t.taken INTO v_credit FROM books.take_allowance(v_partner.id, 2::smallint,
            (SELECT least(sum(books.credit_units(a.agreement, a.points)), 9223372036854775807)::bigint
               FROM unnest(p_places, p_partners, p_agreements, p_points)
                    AS a (place, partner, agreement, points)
              WHERE a.partner = v_partner.id AND a.place >= v_part.place)) t;
        END IF;
        units := books.credit_units(v_part.agreement, v_part.points);
        IF units <= v_credit THEN
          kind := 2;
          v_credit := v_credit - units;
        ELSE
          refusal := 'CREDIT_LIMIT_REACHED';
        END IF;
      ELSE
        refusal := 'PREPAID_EXHAUSTED';
      END IF;
      RETURN NEXT;
    END LOOP;
    IF v_packs > 0 THEN
      PERFORM books.give_allowance(v_partner.id, 1::smallint, v_packs);
    END IF;
    IF v_credit > 0 THEN
      PERFORM books.give_allowance(v_partner.id, 2::smallint, v_credit);
    END IF;
  END LOOP;
END $$
