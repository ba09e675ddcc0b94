"""Draw the winners of a prize draw, so that everybody can draw them again."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.refusals import refusal_of
from coalition.partners import Office


async def draw_prize(office: Office, *, actor: Actor, reward_id: int, now: datetime) -> bool:
    """When the time for tickets is over, once. Whether it had been drawn before: then nothing
    changes.

    Raises `RewardNotFound`, `DrawNotOver`, `PartnerSuspended`.
    """
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    (row,) = await office.database.call("draw_prize", partner_id, reward_id, now, *actor.trace)
    if row["outcome"] not in {"DRAWN", "DRAWN_BEFORE"}:
        raise refusal_of(row["outcome"])
    return bool(row["outcome"] == "DRAWN_BEFORE")


def winners_of(seed: bytes, tickets: Iterable[int], winners: int) -> list[int]:
    """The tickets that win: those whose SHA-256 of seed and number comes first. Pure; what anybody
    does who checks a draw.
    """
    ordered = sorted(tickets, key=lambda one: hashlib.sha256(seed + str(one).encode()).digest())
    return ordered[:winners]
