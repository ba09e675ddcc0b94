"""Corrections: never above what was authorised, in the next open period, named on the statement;
statements that were wrong are reversed and replaced, and stay to be read.
"""

import asyncio
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coalition import settlement
from coalition.kit.claims import IdempotencyKeyReused
from coalition.kit.errors import NotAllowed
from coalition.settlement import AdjustmentRequest, Side, Source
from coalition.settlement.errors import (
    AdjustmentNotValid,
    LineNotFound,
    MoreThanAuthorised,
    PartnerNotFound,
    PeriodNotReady,
)
from coalition.settlement.states import State
from tests.support import (
    World,
    a_bakery,
    a_florist,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)

NEW_YORK = ZoneInfo("America/New_York")
JANUARY, FEBRUARY = "2026-01", "2026-02"
DISPUTE = Source("DISPUTE", "d-1", Decimal("5.00"))


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=NEW_YORK)


async def _a_closed_january(world: World, **settling: int) -> settlement.StatementRecord:
    """The grocer's statement: 500 points issued for 5.00 USD."""
    await world.apply(brands=[a_grocer(), a_bakery(), a_florist()], settlement=settling)
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    world.now = _at(2, 10)
    await world.close(JANUARY)
    return (await world.statements(JANUARY))["grocer"]


def _asked(key: str = "k", **more: object) -> AdjustmentRequest:
    given = {"partner": "grocer", "reason": "Billed twice", "source": DISPUTE} | more
    # Fields by their names.
    return AdjustmentRequest(idempotency_key=key, **given)  # type: ignore[arg-type]


async def _adjust(
    world: World, request: AdjustmentRequest, *, dry_run: bool = False
) -> settlement.Adjustment:
    return await settlement.record_adjustment(
        world.office, actor=world.operator(), request=request, now=world.now, dry_run=dry_run
    )


async def test_an_adjustment_stands_on_the_statement_of_the_open_period_and_names_its_source(
    world: World,
) -> None:
    await _a_closed_january(world)
    request = _asked(points=120, price=Decimal("0.0100"))
    async with nothing_moves(world):
        dry = await _adjust(world, request, dry_run=True)
    made = await _adjust(world, request)
    assert (dry.amount, dry.period.label, dry.id) == (made.amount, FEBRUARY, None)
    assert (await _adjust(world, request)).replayed
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    statement = (await world.statements(FEBRUARY))["grocer"]
    (line,) = statement.lines
    assert (line.kind, line.description, line.points, line.amount.minor) == (
        "ADJUSTMENT", "Billed twice (DISPUTE d-1)", 120, 120,
    )  # fmt: skip
    assert (statement.adjusted.minor, statement.net.minor) == (120, -120)
    assert await world.rows(
        "SELECT debit, credit, amount FROM money_entry WHERE statement_id = $1", statement.id
    ) == [(620, 610, 120)]
    await assert_books_balance(world)


async def test_goodwill_is_the_operators_own_expense(world: World) -> None:
    await _a_closed_january(world)
    goodwill = Source("GOODWILL", "g-1", Decimal("2.00"))
    await _adjust(world, _asked(amount=Decimal("2.00"), source=goodwill))
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    posted = await world.rows(
        "SELECT debit, credit, amount FROM money_entry m JOIN period p ON p.id = m.period_id"
        " WHERE p.label = $1",
        FEBRUARY,
    )
    assert posted == [(670, 610, 200)]
    await assert_books_balance(world)


async def test_all_adjustments_from_one_source_never_exceed_what_was_authorised(
    world: World,
) -> None:
    await _a_closed_january(world)
    await _adjust(world, _asked("k-1", amount=Decimal("3.00")))
    async with nothing_moves(world):
        with pytest.raises(MoreThanAuthorised, match=r"2\.00 USD"):
            await _adjust(world, _asked("k-2", amount=Decimal("2.01")))
        # Who authorises more later authorises nothing: the first word holds.
        more = Source("DISPUTE", "d-1", Decimal("50.00"))
        with pytest.raises(MoreThanAuthorised):
            await _adjust(world, _asked("k-3", amount=Decimal("2.01"), source=more))
        with pytest.raises(IdempotencyKeyReused):
            await _adjust(world, _asked("k-1", amount=Decimal("3.01")))
    await _adjust(world, _asked("k-4", amount=Decimal("-2.00")))


async def test_adjustments_of_a_line_never_exceed_the_line(world: World) -> None:
    statement = await _a_closed_january(world)
    big = {"statement_id": statement.id, "line": 1}

    def of(number: int, amount: str) -> AdjustmentRequest:
        source = Source("DISPUTE", f"d-{number}", Decimal("100.00"))
        return _asked(f"k-{number}", amount=Decimal(amount), source=source, **big)

    outcomes = await asyncio.gather(
        *(_adjust(world, of(number, "1.50")) for number in range(5)), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, MoreThanAuthorised)]
    assert (len(refused), len(outcomes)) == (2, 5)
    async with nothing_moves(world):
        with pytest.raises(LineNotFound):
            await _adjust(world, _asked("x", amount=Decimal(1), statement_id=statement.id, line=2))
        with pytest.raises(LineNotFound):
            await _adjust(world, _asked("x", partner="bakery", amount=Decimal(1), **big))


async def test_adjustments_are_in_the_currency_of_their_line_and_of_their_source(
    world: World,
) -> None:
    """0.500 KWD are as many minor units as 5.00 USD, and worth less."""
    statement = await _a_closed_january(world)
    line = {"statement_id": statement.id, "line": 1}
    async with nothing_moves(world):
        with pytest.raises(AdjustmentNotValid, match="KWD is not the currency of the line"):
            await _adjust(world, _asked("x", amount=Decimal("0.5"), currency="KWD", **line))
    await _adjust(world, _asked("k-1", amount=Decimal("1.00")))
    async with nothing_moves(world):
        with pytest.raises(AdjustmentNotValid, match="given for DISPUTE d-1 before"):
            await _adjust(world, _asked("k-2", amount=Decimal("0.5"), currency="KWD"))


async def test_what_is_no_adjustment_is_refused_with_the_reason(world: World) -> None:
    await _a_closed_january(world)
    wrong = [
        _asked(),
        _asked(points=5),
        _asked(price=Decimal("0.01")),
        _asked(points=5, price=Decimal("0.01"), amount=Decimal(1)),
        _asked(amount=Decimal(0)),
        _asked(amount=Decimal("0.001")),
        _asked(points=1, price=Decimal("0.001")),
        _asked(points=2**63, price=Decimal(1)),
    ]
    async with nothing_moves(world):
        for request in wrong:
            with pytest.raises(AdjustmentNotValid):
                await _adjust(world, request)
        with pytest.raises(PartnerNotFound):
            await _adjust(world, _asked(partner="nobody", amount=Decimal(1)))
        with pytest.raises(NotAllowed):
            await settlement.record_adjustment(
                world.office, actor=world.actor("grocer"), request=_asked(amount=Decimal(1)),
                now=world.now,
            )  # fmt: skip


async def test_an_adjustment_in_another_currency_has_a_statement_of_its_own(world: World) -> None:
    await _a_closed_january(world)
    yen = Source("DISPUTE", "d-2", Decimal(900))
    await _adjust(
        world,
        _asked(amount=Decimal(900), currency="JPY", source=yen, corrects=Side.REDEMPTION),
    )
    world.now = _at(3, 1)
    await world.close(FEBRUARY)
    numbers = await world.rows(
        "SELECT number, adjusted FROM statement WHERE adjusted <> 0 ORDER BY 1"
    )
    assert numbers == [("2026-02/grocer/JPY", 900)]
    await assert_books_balance(world)


async def _correct(world: World, *, dry_run: bool = False) -> settlement.Corrected:
    return await settlement.correct_statements(
        world.office, actor=world.operator(), label=JANUARY, reason="The price was mistyped",
        now=world.now, dry_run=dry_run,
    )  # fmt: skip


async def test_statements_that_are_right_are_not_replaced(world: World) -> None:
    await _a_closed_january(world)
    async with nothing_moves(world):
        assert (await _correct(world)).replaced == ()


async def test_a_wrong_statement_is_reversed_and_replaced_and_stays_to_be_read(
    world: World,
) -> None:
    before = await _a_closed_january(world)
    bakery = (await world.statements(JANUARY))["bakery"]
    # What two people repair in the database: the price of the agreement had been mistyped.
    await world.repair("agreement", f"issue_price = 0.0090 WHERE partner_id = {before.partner_id}")
    async with nothing_moves(world):
        assert [one.number for one in (await _correct(world, dry_run=True)).replaced] == [
            "2026-01/grocer"
        ]
    await _correct(world)
    after = (await world.statements(JANUARY))["grocer"]
    assert (after.number, after.version, after.replaces) == ("2026-01/grocer/2", 2, before.id)
    assert (after.net.minor, (await world.statements(JANUARY))["bakery"]) == (450, bakery)
    # The old one is as it was; its money is undone, entry by entry.
    old = await world.rows("SELECT net FROM statement WHERE id = $1", before.id)
    assert old == [(500,)]
    assert await world.rows(
        "SELECT debit, credit, amount, reverses IS NULL FROM money_entry ORDER BY id"
    ) == [(600, 620, 500, True), (620, 600, 500, False), (600, 620, 450, True)]
    assert await world.rows(
        "SELECT version, reason FROM settlement_run ORDER BY id DESC LIMIT 1"
    ) == [(2, "The price was mistyped")]
    async with nothing_moves(world):
        assert (await _correct(world)).replaced == ()
    await world.approve(JANUARY)
    await assert_books_balance(world)
    async with nothing_moves(world):
        with pytest.raises(PeriodNotReady, match="2026-01 is final"):
            await _correct(world)


async def test_an_approval_counts_for_the_figures_that_it_was_given_to_only(world: World) -> None:
    before = await _a_closed_january(world, approvals=2)
    assert (await world.approve(JANUARY, by="anna")).period.state == State.CLOSED
    await world.repair("agreement", f"issue_price = 0.0090 WHERE partner_id = {before.partner_id}")
    await _correct(world)
    # Anna saw 5.00 USD: whoever approves 4.50 is the first one.
    ben = await world.approve(JANUARY, by="ben")
    assert (ben.period.state, ben.approvals) == (State.CLOSED, 1)
    async with nothing_moves(world):
        assert (await world.approve(JANUARY, by="ben")).approvals == 1
    assert (await world.approve(JANUARY, by="anna")).period.state == State.FINAL
    await assert_books_balance(world)


async def test_two_corrections_at_once_replace_a_statement_once(world: World) -> None:
    before = await _a_closed_january(world)
    await world.repair("agreement", f"issue_price = 0.0090 WHERE partner_id = {before.partner_id}")
    outcomes = await asyncio.gather(*(_correct(world) for _ in range(4)), return_exceptions=True)
    assert all(isinstance(one, settlement.Corrected | PeriodNotReady) for one in outcomes), outcomes
    assert await world.rows("SELECT max(version), count(*) FROM statement WHERE replaces > 0") == [
        (2, 1)
    ]
    await assert_books_balance(world)


async def test_what_was_missing_in_another_currency_is_written_beside_what_is_replaced(
    world: World,
) -> None:
    """The grocer's points were to be paid when they are spent: at a florist, which is in euros."""
    await world.apply(brands=[a_grocer(), a_florist()])
    world.now = _at(1, 20)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    await world.redeem("florist", ada, 300)
    world.now = _at(2, 1)
    await world.close(JANUARY)
    grocer = world.partner("grocer").id
    await world.repair("agreement", f"paid_at_issuance = 0 WHERE partner_id = {grocer}")
    async with nothing_moves(world):
        rehearsed = await _correct(world, dry_run=True)
    outcomes = await asyncio.gather(*(_correct(world) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, settlement.Corrected | PeriodNotReady) for one in outcomes), outcomes
    assert [one.number for one in rehearsed.replaced] == ["2026-01/grocer"]
    assert [one.number for one in rehearsed.by] == ["2026-01/grocer", "2026-01/grocer/EUR"]
    numbers = await world.rows("SELECT number, version, net, currency FROM statement ORDER BY id")
    assert numbers[2:] == [
        ("2026-01/grocer/2", 2, 0, "USD"), ("2026-01/grocer/EUR", 1, 216, "EUR"),
    ]  # fmt: skip
    async with nothing_moves(world):
        assert (await _correct(world)).by == ()
    # From then on it is replaced like any other.
    await world.repair("agreement", "redeem_price = 0.0075 WHERE redeem_price = 0.0072")
    await _correct(world)
    await world.approve(JANUARY)
    owed = await world.rows(
        "SELECT amount, currency FROM net_position WHERE partner_id = $1 ORDER BY 2", grocer
    )
    assert owed == [(225, "EUR"), (0, "USD")]
    await assert_books_balance(world)
