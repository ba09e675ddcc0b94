"""End the disputes whose deadline has passed in silence."""

from collections.abc import AsyncIterator
from datetime import datetime

from coalition.access import Actor
from coalition.disputes.ending import End, ended
from coalition.disputes.ladder import DisputeState, Side, silent
from coalition.disputes.queries import Dispute, overdue_disputes
from coalition.disputes.sides import dispute_seen, require_operator
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.database import EVERYTHING
from coalition.partners import Office


async def expire_disputes(
    office: Office, *, actor: Actor, now: datetime, dry_run: bool = False
) -> AsyncIterator[Dispute]:
    """End each dispute whose deadline has passed: for the brand where the operator was silent, for
    the operator where the brand was. Running twice, or twice at once, ends each one once. Of a dry
    run they are as they were.

    Raises `NotAllowed`.
    """
    require_operator(actor)
    async with office.database.reading(EVERYTHING) as connection:
        overdue = await overdue_disputes(connection, now)
    for dispute in overdue:
        authorised = silent(dispute.standing, dispute.amount.minor, now)
        if authorised is None:
            continue
        claim = claim_of("time", "decideDispute", f"{dispute.id}")
        whose = "operator" if dispute.standing.turn is Side.OPERATOR else "brand"
        end = End(
            claim, hash_of_request(dispute.id), Side.TIME, DisputeState.EXPIRED, authorised,
            f"The {whose} was silent until the deadline.",
        )  # fmt: skip
        if await ended(office, actor, dispute, end, now, dry=dry_run) == "ENDED":
            yield await dispute_seen(office, actor, dispute.id)
