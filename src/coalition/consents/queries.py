"""What members decided: every decision, which is its proof, and what stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.consents.purposes import Channel, Purpose
from coalition.consents.records import consent


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One decision. `text_hash`: SHA-256 of the words that were shown."""

    id: int
    member_id: int
    purpose: Purpose
    partner_id: int | None
    given: bool
    version: int
    locale: str
    text_hash: bytes
    channel: Channel
    decided_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ConsentFilter:
    """`partner_id`: the brand's own only. `only_standing`: consents that were given and not taken
    back, the last decision of each.
    """

    member_id: int | None = None
    partner_id: int | None = None
    purposes: Collection[Purpose] = ()
    only_standing: bool = False
    before: int | None = None
    limit: int | None = None


async def list_consents(connection: AsyncConnection, asked: ConsentFilter) -> list[ConsentRecord]:
    """The newest first, as far as the connection may see: a brand sees what it was given itself."""
    query = sa.select(consent)
    if asked.member_id is not None:
        query = query.where(consent.c.member_id == asked.member_id)
    if asked.partner_id is not None:
        query = query.where(consent.c.partner_id == asked.partner_id)
    if asked.purposes:
        query = query.where(consent.c.purpose.in_([one.value for one in asked.purposes]))
    if asked.only_standing:
        later = consent.alias("later")
        query = query.where(
            consent.c.given,
            ~sa.exists().where(
                later.c.member_id == consent.c.member_id,
                later.c.purpose == consent.c.purpose,
                later.c.partner_id.is_not_distinct_from(consent.c.partner_id),
                later.c.id > consent.c.id,
            ),
        )
    if asked.before is not None:
        query = query.where(consent.c.id < asked.before)
    query = query.order_by(consent.c.id.desc()).limit(asked.limit)
    return [
        ConsentRecord(
            id=row.id,
            member_id=row.member_id,
            purpose=Purpose(row.purpose),
            partner_id=row.partner_id,
            given=row.given,
            version=row.version,
            locale=row.locale,
            text_hash=row.text_hash,
            channel=Channel(row.channel),
            decided_at=row.decided_at,
            recorded_at=row.recorded_at,
        )
        for row in await connection.execute(query)
    ]
