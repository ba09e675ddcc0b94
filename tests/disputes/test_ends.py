"""How a dispute ends without a decision: withdrawn, or by a deadline that the worker keeps; and who
waits for its end.
"""

import asyncio
from decimal import Decimal

import pytest

from coalition import disputes
from coalition.disputes import DisputeState, Side
from coalition.disputes.errors import DisputeDecided, DisputeNotFound, DisputeNotValid
from coalition.jobs.end_disputes import end_disputes
from coalition.jobs.job import Desk
from coalition.kit.amounts import Money
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.config import Settings
from coalition.kit.errors import NotAllowed
from coalition.kit.text import TextNotAllowed
from coalition.outbox import EventKind
from coalition.settlement import (
    AdjustmentRequest,
    Source,
    State,
    Waiver,
    record_adjustment,
    waive_items,
)
from coalition.settlement.errors import ItemsOpen, MoreThanAuthorised, StatementDisputed
from tests.disputes.lines import (
    JANUARY,
    a_published_month,
    decides,
    expire,
    later,
    opened,
    says,
    timeline,
    withdraws,
)
from tests.support import World, assert_books_balance, nothing_moves


def _dollars(minor: int) -> Money:
    return Money(minor, "USD")


async def _adjusted(world: World) -> list[object]:
    return [row[0] for row in await world.rows("SELECT amount FROM adjustment ORDER BY id")]


async def test_a_brand_lets_a_line_stand_at_any_moment_and_may_dispute_it_again(
    world: World,
) -> None:
    await a_published_month(world, freeze="exclude")
    dispute = await opened(world)
    await says(world, "grocer", dispute)
    async with nothing_moves(world):
        assert not (await withdraws(world, "grocer", dispute, dry_run=True)).replayed
    done = await withdraws(world, "grocer", dispute, key="let-go")
    assert (done.dispute.standing.state, done.dispute.authorised) == (
        DisputeState.REJECTED, _dollars(0),
    )  # fmt: skip
    step = (await timeline(world, dispute))[-1]
    assert (step.side, step.kind, step.message) == (
        "PARTNER", "WITHDRAWAL", "We have found it.",
    )  # fmt: skip
    assert (await world.period(JANUARY)).state == "closed"
    async with nothing_moves(world):
        assert (await withdraws(world, "grocer", dispute, key="let-go")).replayed
        with pytest.raises(DisputeDecided):
            await withdraws(world, "grocer", dispute)
        with pytest.raises(DisputeDecided):
            await decides(world, dispute, "1")
    other = await opened(world)
    async with nothing_moves(world):
        with pytest.raises(IdempotencyKeyReused):
            await withdraws(world, "grocer", other, key="let-go")
    # Nothing of the first was left out of what is paid, or given.
    approved = await world.approve(JANUARY)
    assert max(one.settled.minor for one in approved.positions) == 2_250
    assert await _adjusted(world) == []
    await assert_books_balance(world)


async def test_nobody_else_withdraws_a_brands_dispute(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    async with nothing_moves(world):
        with pytest.raises(DisputeNotFound):
            await withdraws(world, "bakery", dispute)
        with pytest.raises(NotAllowed):
            await disputes.withdraw_dispute(
                world.office, actor=world.operator(), now=world.now,
                withdrawal=disputes.Withdrawal("x", dispute.id, "not theirs to do"),
            )  # fmt: skip


async def test_a_withdrawal_and_a_decision_at_once_are_one_of_them(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    made = await asyncio.gather(
        withdraws(world, "grocer", dispute),
        decides(world, dispute, "90"),
        withdraws(world, "grocer", dispute),
        return_exceptions=True,
    )
    assert sum(isinstance(one, DisputeDecided) for one in made) == 2
    assert len(await timeline(world, dispute)) == 2
    await assert_books_balance(world)


async def test_the_worker_ends_what_a_deadline_has_ended(world: World) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    await says(world, "grocer", dispute)
    desk = Desk(world.office, Settings(), world.clock)
    async with nothing_moves(world):
        assert await end_disputes(desk) == ""
    later(world, days=6)
    assert await end_disputes(desk) == "1 disputes ended in silence"
    assert await end_disputes(desk) == ""
    last = (await timeline(world, dispute))[-1]
    assert (last.side, last.state, last.amount) == (Side.TIME, "EXPIRED", _dollars(9_000))
    assert await _adjusted(world) == [9_000]
    await assert_books_balance(world)


async def test_both_sides_are_told_of_each_step_and_once_of_each_deadline_that_is_near(
    world: World,
) -> None:
    await a_published_month(world)
    dispute = await opened(world)
    desk = Desk(world.office, Settings(), world.clock)
    assert await end_disputes(desk) == ""
    later(world, days=3)
    near = await asyncio.gather(*(end_disputes(desk) for _ in range(3)))
    assert sorted(near) == ["", "", "1 deadlines of disputes are near"]
    await says(world, "grocer", dispute)
    async with nothing_moves(world):
        assert await end_disputes(desk) == ""
    later(world, days=4)
    assert await end_disputes(desk) == "1 deadlines of disputes are near"
    later(world, days=2)
    assert await end_disputes(desk) == "1 disputes ended in silence"
    told = await world.rows(
        "SELECT kind, client_id FROM event WHERE subject_id = $1 AND partner_id = $2"
        " ORDER BY transaction_id, id",
        dispute.id, world.partner("grocer").id,
    )  # fmt: skip
    assert [(EventKind(int(str(kind))), client) for kind, client in told] == [
        (EventKind.DISPUTE_OPENED, "grocer-till"), (EventKind.DISPUTE_DUE_SOON, None),
        (EventKind.DISPUTE_ANSWERED, "grocer-till"), (EventKind.DISPUTE_DUE_SOON, None),
        (EventKind.DISPUTE_DECIDED, None),
    ]  # fmt: skip
    await assert_books_balance(world)


async def test_while_a_line_is_disputed_nothing_but_the_decision_corrects_it(
    world: World,
) -> None:
    await a_published_month(world)
    dispute = await opened(world, amount=Decimal("40.00"))
    await says(world, "grocer", dispute)
    async with nothing_moves(world):
        with pytest.raises(StatementDisputed, match="Line 1 is disputed"):
            await _corrected(world, dispute, "DISPUTE", f"{dispute.id}", "30.00")
    later(world, days=6)
    (ended,) = await expire(world)
    assert ended.authorised == _dollars(4_000)
    async with nothing_moves(world):
        with pytest.raises(MoreThanAuthorised, match=r"of the line: 50\.00 USD"):
            await _corrected(world, dispute, "REVIEW", "r-1", "50.01")
    await _corrected(world, dispute, "REVIEW", "r-1", "50.00")
    async with nothing_moves(world):
        with pytest.raises(DisputeNotValid, match=r"left of it: 0\.00 USD"):
            await opened(world, amount=Decimal("0.01"))
    assert await _adjusted(world) == [4_000, 5_000]
    await assert_books_balance(world)


async def _corrected(
    world: World, dispute: disputes.Dispute, kind: str, source: str, amount: str
) -> None:
    """The operator corrects the same line by itself."""
    request = AdjustmentRequest(
        idempotency_key=f"correct-{source}-{amount}", partner="grocer", reason="Seen by ourselves",
        source=Source(kind, source, Decimal(amount)), amount=Decimal(amount),
        statement_id=dispute.statement_id, line=dispute.line,
    )  # fmt: skip
    await record_adjustment(world.office, actor=world.operator(), request=request, now=world.now)


async def test_where_the_contract_says_wait_a_month_is_final_when_it_is_decided(
    world: World,
) -> None:
    await a_published_month(world, freeze="wait")
    dispute = await opened(world)
    async with nothing_moves(world):
        with pytest.raises(ItemsOpen, match="grocer has 1 open items of disputes"):
            await world.approve(JANUARY)
    await decides(world, dispute, "10")
    approved = await world.approve(JANUARY)
    assert approved.period.state == "final"
    # Behind that nothing waits: what is authorised is corrected later.
    second = await opened(world, amount=Decimal("5.00"))
    assert (await world.period(JANUARY)).state == "final"
    await decides(world, second, "5.00")
    assert await _adjusted(world) == [1_000, 500]
    await assert_books_balance(world)


async def test_two_people_let_a_month_pass_that_waits_for_a_dispute(world: World) -> None:
    await a_published_month(world, freeze="wait")
    await opened(world)
    for person in ("anna", "bert"):
        waiver = Waiver(JANUARY, State.FINAL, "grocer", "DISPUTES", "it will take weeks")
        await waive_items(
            world.office, actor=world.operator(client=person), waiver=waiver, now=world.now
        )
    assert (await world.approve(JANUARY)).period.state == "final"
    await assert_books_balance(world)


async def test_a_line_of_a_locked_month_is_disputed_and_the_month_stays_locked(
    world: World,
) -> None:
    await a_published_month(world, freeze="exclude")
    await world.approve(JANUARY)
    await world.repair("period", f"state = 'locked' WHERE label = '{JANUARY}'")
    dispute = await opened(world, amount=Decimal("40.00"))
    assert await world.rows("SELECT count(*) FROM held_line") == [(0,)]
    await decides(world, dispute, "40.00")
    assert (await world.period(JANUARY)).state == "locked"
    assert await _adjusted(world) == [4_000]
    await assert_books_balance(world)


async def test_what_a_dispute_comes_from_is_a_short_word_and_a_name(world: World) -> None:
    await a_published_month(world)
    async with nothing_moves(world):
        for source in (
            ("X" * 41, "1"),
            ("RECONCILIATION", "1" * 101),
            ("A\u202eB", "1"),
            ("", "1"),
        ):
            with pytest.raises(TextNotAllowed):
                await opened(world, source=source)
