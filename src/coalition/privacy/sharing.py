"""Who got a member's data: which brands know it, and what their servers were told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_member
from coalition.kit.database import Database
from coalition.outbox import EventKind


@dataclass(frozen=True, slots=True)
class Sharing:
    """`noted_under`: kinds of identifiers that the brand has of its own. `told`: how often its
    server was told by webhooks, by the kind of event, for as long as that is kept.
    """

    partner_id: int
    since: datetime
    noted_under: tuple[str, ...]
    movements: int
    told: Mapping[EventKind, int]
    told_last_at: datetime | None


async def data_sharing(database: Database, *, actor: Actor) -> list[Sharing]:
    """Of the member that asks, by brand. Raises `Unavailable`."""
    member_id = acting_member(actor, Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
    return [
        Sharing(
            partner_id=row["partner_id"],
            since=row["since"],
            noted_under=tuple(row["noted_under"]),
            movements=row["movements"],
            told={EventKind(int(kind)): times for kind, times in json.loads(row["told"]).items()},
            told_last_at=row["told_last_at"],
        )
        for row in await database.call("data_sharing", member_id)
    ]
