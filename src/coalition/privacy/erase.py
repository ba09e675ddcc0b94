"""A member wants to be forgotten (GDPR, article 17): asked for, taken back for some days, done.

What is about the person goes. The books stay as they are, about a number that is nobody any more:
their sums, their chain and every statement hold.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition import ledger
from coalition.access import Actor, Scope, acting_member, require
from coalition.kit.database import Database
from coalition.members import MemberNotFound, account_of, refusal_about
from coalition.partners import Office
from coalition.privacy.errors import ErasureNotAsked, PointsWouldBeLost


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """`points`: what the member had when it asked."""

    points: int
    asked_at: datetime
    due_at: datetime


async def ask_for_erasure(
    office: Office,
    *,
    actor: Actor,
    lose_points: int,
    now: datetime,
    after: timedelta,
    member_id: int | None = None,
) -> ErasureRecord:
    """Of the member that asks; the operator names one that wrote to it. `lose_points`: how many the
    member was told that it loses. Asked again, it is the same one.

    Raises `PointsWouldBeLost`, `StepUpRequired` (a member that has not just shown that it is it),
    `MemberNotFound`, `MemberClosed`.
    """
    whose = _whose(actor, member_id)
    programme = (await office.terms()).programme
    points = await points_of(office, whose, now=now)
    if points != lose_points:
        raise PointsWouldBeLost(
            f"{points} points would be lost, not {lose_points}. Show that, and ask again.",
            field=("losePoints",),
        )
    (row,) = await office.database.call(
        "ask_for_erasure", whose, points, now + after, actor.grant_id,
        None if actor.member_id is None else programme.fresh_since(now), *actor.trace, now,
    )  # fmt: skip
    if row["outcome"] != "ASKED":
        raise refusal_about(row["outcome"], ("memberId",)) or RuntimeError(row["outcome"])
    return ErasureRecord(row["points"], row["asked_at"], row["due_at"])


async def withdraw_erasure(
    office: Office, *, actor: Actor, now: datetime, member_id: int | None = None
) -> int:
    """The member's number. Raises `ErasureNotAsked`, `MemberNotFound`."""
    whose = _whose(actor, member_id)
    (row,) = await office.database.call("withdraw_erasure", whose, now)
    if not row["withdrawn"]:
        raise ErasureNotAsked("Nothing is to be deleted: there is nothing to take back.")
    return whose


async def erasure_of(database: Database, *, actor: Actor) -> ErasureRecord | None:
    """What the member that asks waits for. Raises `Unavailable`."""
    member_id = acting_member(actor, Scope.MEMBER_READ, Scope.MEMBER_MANAGE)
    rows = await database.call("erasure_of", member_id)
    return ErasureRecord(**dict(rows[0])) if rows else None


async def erase_due(office: Office, *, now: datetime) -> AsyncIterator[int]:
    """Yields the number of each member that is forgotten by now, one to a transaction, until nobody
    is left. Any number of workers may. Raises `Unavailable`.
    """
    while True:
        (row,) = await office.database.call("erase_next", now)
        if row["member_id"] is None:
            return
        yield row["member_id"]


async def points_of(office: Office, member_id: int, *, now: datetime) -> int:
    """What a member would lose: what it may spend, what is pending, what is held. Raises
    `MemberNotFound`.
    """
    today = (await office.terms()).programme.today(now)
    if await account_of(office.database, member_id) is None:
        raise MemberNotFound("No such member.", field=("memberId",))
    found = await ledger.balance_of(office.database, member_id, now=now, today=today)
    return found.available + found.pending + found.held


def _whose(actor: Actor, member_id: int | None) -> int:
    if actor.member_id is not None:
        if member_id not in {None, actor.member_id}:
            raise MemberNotFound("No such member.", field=("memberId",))
        return acting_member(actor, Scope.MEMBER_MANAGE)
    require(actor, Scope.MEMBERS_SUPPORT)
    if member_id is None:
        raise MemberNotFound("Say which member.", field=("memberId",))
    return member_id
