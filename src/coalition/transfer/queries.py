"""Gifts as their giver and their receiver may see them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from coalition.access import Actor, Scope, acting_member
from coalition.kit.database import Database
from coalition.members import IdentifierKind, identifier
from coalition.transfer.errors import ReceiverNotFound
from coalition.transfer.names import masked


class TransferState(StrEnum):
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"  # nobody accepted it in time


@dataclass(frozen=True, slots=True)
class Transfer:
    """`is_giver`: who asks gave it. `name`: of the other one, mostly covered."""

    id: int
    is_giver: bool
    name: str | None
    points: int
    sent_at: datetime
    returns_at: datetime
    state: TransferState
    decided_at: datetime | None


async def transfers_of(
    database: Database, member_id: int, *, before: int | None, limit: int
) -> list[Transfer]:
    """Those that it gave or was given, the newest first."""
    return await _read(database, member_id, None, before, limit)


async def transfers_at(
    database: Database, member_id: int, ids: Collection[int]
) -> dict[int, Transfer]:
    """Those of these that are the member's, by number."""
    found = await _read(database, member_id, list(ids), None, len(ids))
    return {one.id: one for one in found}


async def find_receiver(database: Database, *, actor: Actor, card: str) -> str:
    """The covered name of whoever can be given points under a card's number; empty: it has none.

    Raises `ReceiverNotFound`: nobody, whoever cannot, and oneself alike; `TextNotAllowed`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    number = identifier(IdentifierKind.CARD, card, ("card",)).value
    rows = await database.call("find_receiver", member_id, number)
    if not rows:
        raise ReceiverNotFound("Nobody can be given points under this number.", field=("card",))
    return masked(rows[0]["given_name"], rows[0]["family_name"]) or ""


async def gift_allowance(database: Database, member_id: int, *, now: datetime, today: date) -> int:
    """How many points it may give away just now."""
    (row,) = await database.call("gift_allowance", member_id, now, today)
    points: int = row["points"]
    return points


async def _read(
    database: Database, member_id: int, ids: list[int] | None, before: int | None, limit: int
) -> list[Transfer]:
    rows = await database.call("transfers_of", member_id, ids, before, limit)
    return [
        Transfer(
            id=row["id"],
            is_giver=row["is_giver"],
            name=masked(row["given_name"], row["family_name"]),
            points=row["points"],
            sent_at=row["sent_at"],
            returns_at=row["returns_at"],
            state=TransferState(row["state"]),
            decided_at=row["decided_at"],
        )
        for row in rows
    ]
