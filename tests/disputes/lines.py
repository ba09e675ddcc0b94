"""A published month with a line worth disputing, and what is done about it."""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from coalition import disputes
from coalition.access import Actor
from coalition.disputes import Answer, Decision, DisputeRequest, Reason
from coalition.kit.database import EVERYTHING, Sight
from coalition.partners.apply import Applied
from tests.support import World, a_bakery, a_grocer

JANUARY = "2026-01"
NEW_YORK = ZoneInfo("America/New_York")
PDF = disputes.Evidence("receipts.pdf", "application/pdf", b"%PDF-1.7 till rolls")
_keys = itertools.count(1)


async def a_published_month(world: World, *, freeze: str = "carry", **contract: object) -> Applied:
    """The grocer owes 90.00 for what it gave, the bakery is owed 22.50 for what was spent."""
    terms = {"freeze": freeze} | contract
    applied = await world.apply(brands=[a_grocer(contract=terms), a_bakery(contract=terms)])
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "9000")
    await world.redeem("bakery", ada, 3_000)
    world.now = datetime(2026, 2, 1, 12, tzinfo=NEW_YORK)
    await world.close(JANUARY)
    return applied


async def mistyped(world: World, *, instead_of: str = "0.0090") -> None:
    """What two people repair in the database: the grocer's price should have been another one."""
    grocer = world.partner("grocer").id
    await world.repair("agreement", f"issue_price = {instead_of} WHERE partner_id = {grocer}")


async def statement_of(world: World, brand: str, label: str = JANUARY) -> int:
    return (await world.statements(label))[brand].id


async def opened(
    world: World, *, by: Actor | None = None, brand: str = "grocer", **asked: object
) -> disputes.Dispute:
    """The grocer (or whoever `by`) disputes the first line."""
    # Fields by their names.
    done = await open_(world, by=by, brand=brand, **asked)  # type: ignore[arg-type]
    assert done.dispute is not None
    return done.dispute


async def open_(
    world: World, *, by: Actor | None = None, brand: str = "grocer", label: str = JANUARY,
    dry_run: bool = False, **asked: object,
) -> disputes.Disputed:  # fmt: skip
    request: dict[str, object] = {
        "idempotency_key": f"open-{next(_keys)}",
        "statement_id": await statement_of(world, brand, label),
        "line": 1,
        "reason": Reason.WRONG_RATE,
        "message": "We agreed on another price.",
    } | asked
    return await disputes.open_dispute(
        world.office,
        actor=by or world.actor(brand),
        request=DisputeRequest(**request),  # type: ignore[arg-type]  # fields by their names
        now=world.now,
        dry_run=dry_run,
    )


async def says(
    world: World, who: str, dispute: disputes.Dispute, *, key: str | None = None, **more: object
) -> disputes.Answered:
    """`who`: a brand, or "operator"."""
    answer = Answer(
        key or f"say-{next(_keys)}",
        dispute.id,
        "See what we have found.",
        **more,  # type: ignore[arg-type]  # fields by their names
    )
    actor = world.operator() if who == "operator" else world.actor(who)
    return await disputes.answer_dispute(world.office, actor=actor, answer=answer, now=world.now)


async def decides(
    world: World, dispute: disputes.Dispute, authorised: str, *, by: str = "operator",
    key: str | None = None, dry_run: bool = False,
) -> disputes.Decided:  # fmt: skip
    decision = Decision(
        key or f"decide-{next(_keys)}", dispute.id, Decimal(authorised), "We have looked."
    )
    return await disputes.decide_dispute(
        world.office, actor=world.operator(client=by), decision=decision, now=world.now,
        dry_run=dry_run,
    )  # fmt: skip


async def withdraws(
    world: World, brand: str, dispute: disputes.Dispute, *, key: str | None = None,
    dry_run: bool = False,
) -> disputes.Withdrawn:  # fmt: skip
    withdrawal = disputes.Withdrawal(
        key or f"withdraw-{next(_keys)}", dispute.id, "We have found it."
    )
    return await disputes.withdraw_dispute(
        world.office, actor=world.actor(brand), withdrawal=withdrawal, now=world.now,
        dry_run=dry_run,
    )  # fmt: skip


async def a_dispute_of_each_end(world: World, brand: str, label: str) -> None:
    """The brand withdraws one about its first line; another one is answered late in its time, and
    decided.
    """
    await withdraws(world, brand, await opened(world, brand=brand, label=label))
    dispute = await opened(world, brand=brand, label=label)
    assert dispute.standing.due_at is not None
    near = dispute.standing.due_at - timedelta(days=1)
    assert await disputes.warn_of_disputes(world.office, actor=world.operator(), now=near)
    await says(world, brand, dispute)
    await decides(world, dispute, "0")


async def expire(world: World) -> list[disputes.Dispute]:
    return [
        one
        async for one in disputes.expire_disputes(
            world.office, actor=world.operator(), now=world.now
        )
    ]


async def timeline(
    world: World, dispute: disputes.Dispute, *, seen_by: str | None = None
) -> list[disputes.DisputeStep]:
    sight = EVERYTHING if seen_by is None else Sight(partner_id=world.partner(seen_by).id)
    async with world.database.reading(sight) as connection:
        return await disputes.steps_of_dispute(connection, dispute.id)


def later(world: World, **by: int) -> None:
    world.now += timedelta(**by)
