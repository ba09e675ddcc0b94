"""Give a voucher to somebody by a link, and take that back before it is opened."""

from datetime import datetime, timedelta
from typing import Final

from coalition.access import Actor, Scope, acting_member
from coalition.catalogue.claims import Where
from coalition.catalogue.one_claim import own_seq
from coalition.catalogue.refusals import refusal_of
from coalition.kit.database import Database

# Links that a member makes in a day at most: enough for a party, too few to fill a table with.
MOST_LINKS: Final = 50
_A_DAY: Final = timedelta(days=1)


async def give_voucher(
    database: Database, *, actor: Actor, claim: Where | None, now: datetime
) -> bool:
    """`claim` None: an id that names none. Whether a link of it stood already: then it is that one.

    Raises `ClaimNotFound`, `VoucherNotReady`, `VoucherOpened`, `TooManyVoucherLinks`,
    `SpendLocked`, `MemberClosed`, `MemberSuspended`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    (row,) = await database.call(
        "give_voucher", member_id, own_seq(claim, member_id), MOST_LINKS, now - _A_DAY, now,
        *actor.trace,
    )  # fmt: skip
    return _replayed(row["outcome"], "GIVEN")


async def take_voucher_back(
    database: Database, *, actor: Actor, claim: Where | None, now: datetime
) -> bool:
    """Whether there was nothing to take back. Raises `ClaimNotFound`, `VoucherOpened`."""
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    (row,) = await database.call("take_voucher_back", member_id, own_seq(claim, member_id), now)
    return _replayed(row["outcome"], "TAKEN_BACK")


def _replayed(outcome: str, done: str) -> bool:
    if outcome not in {done, "REPLAYED"}:
        raise refusal_of(outcome)
    return outcome == "REPLAYED"
