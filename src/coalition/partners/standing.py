"""What the database holds of a partners' file now, read as the owner."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access.records import client
from coalition.partners.help import HelpModel
from coalition.partners.records import (
    agreement,
    contract,
    entity_details,
    legal_entity,
    partner,
    partner_logo,
    prepaid_pack,
    programme,
    programme_help,
    promotion,
    promotion_share,
    reconciliation_terms,
    store,
)

Row = dict[str, Any]

# The latest business time of a partner: what was posted by then was priced for good.
_LAST_POSTED = """
SELECT partner_id, max(awarded) AS awarded, max(redeemed) AS redeemed FROM (
  SELECT partner_id, max(purchased_at) AS awarded, NULL::timestamptz AS redeemed
    FROM award GROUP BY 1
  UNION ALL
  SELECT s.partner_id, max(a.purchased_at), NULL FROM award_share s
    JOIN award a ON a.member_id = s.member_id AND a.seq = s.award_seq GROUP BY 1
  UNION ALL
  SELECT partner_id, NULL, max(redeemed_at) FROM redemption GROUP BY 1) AS posted
 GROUP BY 1
"""


@dataclass(frozen=True)
class Standing:
    """What the database holds now, by code. `last_awarded` is the latest purchase whose points
    the partner pays for; `with_entries` are the partners in whose calendar something was posted.
    `logos`: the SHA-256 of each.
    """

    programme: Row | None
    help: HelpModel | None
    legal_entities: dict[str, Row]
    partners: dict[str, Row]
    contracts: dict[str, Row]
    reconciliation: dict[str, Row]
    packs: dict[str, list[Row]]
    logos: dict[str, str]
    stores: dict[tuple[str, str], Row]
    agreements: dict[str, list[Row]]
    promotions: dict[str, Row]
    clients: dict[str, Row]
    last_awarded: dict[str, datetime]
    last_redeemed: dict[str, datetime]
    with_entries: frozenset[str]
    in_use: bool

    def last_posted(self, code: str) -> datetime | None:
        found = (self.last_awarded.get(code), self.last_redeemed.get(code))
        return max((at for at in found if at is not None), default=None)


async def what_stands(connection: AsyncConnection) -> Standing:
    partners = await _rows(connection, sa.select(partner))
    codes = {one["id"]: str(one["code"]) for one in partners}
    details = list(entity_details.c)[1:]
    entities = await _rows(
        connection,
        sa.select(legal_entity, *details).outerjoin(
            entity_details, entity_details.c.legal_entity_id == legal_entity.c.id
        ),
    )
    names = {one["id"]: one["code"] for one in entities}
    for one in partners:
        one["legal_entity"] = names[one["legal_entity_id"]]
    found = await _rows(connection, sa.select(programme))
    told = await connection.scalar(sa.select(programme_help.c.content))
    posted = (await connection.exec_driver_sql(_LAST_POSTED)).all()
    held = await connection.exec_driver_sql(
        "SELECT id FROM partner p WHERE EXISTS (SELECT 1 FROM hold h WHERE h.partner_id = p.id)"
    )
    return Standing(
        programme=found[0] if found else None,
        help=None if told is None else HelpModel.model_validate(told),
        legal_entities={str(one["code"]): one for one in entities},
        partners={str(one["code"]): one for one in partners},
        contracts={
            codes[one["partner_id"]]: one for one in await _rows(connection, sa.select(contract))
        },
        reconciliation={
            codes[one["partner_id"]]: one
            for one in await _rows(connection, sa.select(reconciliation_terms))
        },
        packs=_by_partner(codes, await _rows(connection, sa.select(prepaid_pack))),
        logos={
            codes[one["partner_id"]]: one["sha256"]
            for one in await _rows(
                connection, sa.select(partner_logo.c.partner_id, partner_logo.c.sha256)
            )
        },
        stores={
            (codes[one["partner_id"]], str(one["code"])): one
            for one in await _rows(connection, sa.select(store))
        },
        agreements=_by_partner(
            codes, await _rows(connection, sa.select(agreement).order_by(agreement.c.valid_from))
        ),
        promotions=await _promotions(connection, codes),
        clients={str(one["id"]): one for one in await _rows(connection, sa.select(client))},
        last_awarded={codes[row.partner_id]: row.awarded for row in posted if row.awarded},
        last_redeemed={codes[row.partner_id]: row.redeemed for row in posted if row.redeemed},
        with_entries=frozenset(
            codes[number]
            for number in {*(row.partner_id for row in posted), *(row.id for row in held)}
        ),
        in_use=bool(await connection.scalar(sa.text("SELECT EXISTS (SELECT 1 FROM period)"))),
    )


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]


def _by_partner(codes: dict[int, str], rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(codes[row["partner_id"]], []).append(row)
    return found


async def _promotions(connection: AsyncConnection, codes: dict[int, str]) -> dict[str, Row]:
    found = {
        one["id"]: one | {"brand": codes[one["partner_id"]], "funded_by": {}}
        for one in await _rows(connection, sa.select(promotion))
    }
    for share in await _rows(connection, sa.select(promotion_share)):
        found[share["promotion_id"]]["funded_by"][codes[share["partner_id"]]] = share["share"]
    return {str(one["code"]): one for one in found.values()}
