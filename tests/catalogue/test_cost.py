"""What brands are paid for rewards with a cost of their own, and who pays for it, to the cent."""

import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from coalition import ledger, settlement
from coalition.catalogue import CostBasis
from coalition.catalogue.errors import RewardCostNotAgreed
from coalition.proof import read_keys, verify_statement
from tests.documents.january import files_of
from tests.support import World, a_bakery, a_fuel, a_grocer, assert_books_balance, nothing_moves
from tests.support.catalogue import Counter, a_reward

NEW_YORK = ZoneInfo("America/New_York")
Line = tuple[str, int, str | None, str, str | None]


def _lines(statement: settlement.StatementRecord, *kinds: str) -> list[Line]:
    """Kind, points, price, amount and whether it takes back from another period."""
    return [
        (
            line.kind, line.points, None if line.price is None else f"{line.price.normalize():f}",
            str(line.amount.amount), "earlier" if line.original_period_id else None,
        )
        for line in statement.lines
        if line.kind in kinds
    ]  # fmt: skip


async def _coalition(world: World) -> Counter:
    """A bakery that may have rewards at up to two cents a point; fuel pays a quarter at once."""
    await world.apply(
        brands=[
            a_bakery(contract={"reward_cost_limit": "0.02"}),
            a_grocer(),
            a_fuel(paid_at_issuance="0.25"),
        ]
    )
    world.now = datetime(2026, 3, 10, 12, tzinfo=NEW_YORK)
    return Counter(world)


async def test_a_reward_is_paid_at_its_own_cost_by_those_whose_points_it_took(
    world: World,
) -> None:
    counter = await _coalition(world)
    ada = await world.enrol("Ada")
    await world.award("fuel", ada, "600.00")
    await world.award("grocer", ada, "3000.00")
    hamper = await counter.put(
        "bakery",
        a_reward(points=1000, cost_basis=CostBasis.NEGOTIATED, cost=777, cancel_hours=24 * 60),
    )
    await counter.claim(ada, hamper)
    later = await counter.claim(ada, hamper)
    await world.redeem("bakery", ada, 100)
    # 300 points of fuel and 700 of the grocer: 2.331 and 5.439 of 7.77, by the largest remainder.
    assert await world.rows(
        "SELECT issuer_id, cost FROM cost_share WHERE seq = 3 ORDER BY issuer_id"
    ) == [(world.partner("grocer").id, 544), (world.partner("fuel").id, 233)]
    world.now = datetime(2026, 4, 1, 0, 0, 1, tzinfo=NEW_YORK)
    await counter.cancel(ada, later.place)
    await world.close("2026-03")
    march = await world.statements("2026-03")
    assert _lines(march["bakery"], "REDEMPTION") == [
        ("REDEMPTION", 2000, None, "15.54", None),
        ("REDEMPTION", 100, "0.0075", "0.75", None),
    ]
    assert str(march["bakery"].redeemed.amount) == "16.29"
    # Three quarters of 2.33, half to even.
    assert _lines(march["fuel"], "OWN_POINTS_REDEEMED") == [
        ("OWN_POINTS_REDEEMED", 300, None, "1.75", None)
    ]
    await _leads_to_its_receipts(world, march["bakery"])
    await _is_proven(world, "bakery", "2026-03")
    world.now = datetime(2026, 5, 1, 0, 0, 1, tzinfo=NEW_YORK)
    await world.close("2026-04")
    april = await world.statements("2026-04")
    assert _lines(april["bakery"], "REDEMPTION_REVERSAL") == [
        ("REDEMPTION_REVERSAL", -1000, None, "-7.77", "earlier")
    ]
    await assert_books_balance(world)


async def _leads_to_its_receipts(world: World, statement: settlement.StatementRecord) -> None:
    """The parts of a line of rewards are the costs of the claims, not shares by points."""
    line = next(one for one in statement.lines if one.kind == "REDEMPTION" and one.price is None)
    found = await settlement.line_details(world.database, statement, line, after=None, limit=10)
    assert [(one.points, one.amount.minor) for one in found] == [(1000, 777), (1000, 777)]


async def _is_proven(world: World, brand: str, label: str) -> None:
    files = await files_of(world, brand, label)
    report = verify_statement(
        files.statement, read_keys(files.keys), files.lines.splitlines(keepends=True)
    )
    assert report.findings == ()


async def test_face_value_is_a_cost_and_points_alone_are_at_the_price(world: World) -> None:
    counter = await _coalition(world)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "3000.00")
    ten_off = await counter.put(
        "bakery",
        a_reward(code="ten", points=1000, face_value=1000, cost_basis=CostBasis.FACE_VALUE),
    )
    plain = await counter.put("bakery", a_reward(code="plain", points=1000, face_value=1000))
    await counter.claim(ada, ten_off)
    await counter.claim(ada, plain)
    world.now = datetime(2026, 4, 1, 0, 0, 1, tzinfo=NEW_YORK)
    await world.close("2026-03")
    march = await world.statements("2026-03")
    assert _lines(march["bakery"], "REDEMPTION") == [
        ("REDEMPTION", 1000, None, "10.00", None),
        ("REDEMPTION", 1000, "0.0075", "7.50", None),
    ]
    await assert_books_balance(world)


async def test_a_brand_sets_no_cost_beyond_what_was_agreed(world: World, counter: Counter) -> None:
    """Without an agreement about rewards, a point of one costs what any point does."""
    async with nothing_moves(world):
        with pytest.raises(RewardCostNotAgreed):
            await counter.put(
                "bakery", a_reward(points=1000, cost_basis=CostBasis.NEGOTIATED, cost=751)
            )
    await counter.put("bakery", a_reward(points=1000, cost_basis=CostBasis.NEGOTIATED, cost=750))


async def test_a_cost_that_is_agreed_no_more_is_not_claimed(world: World) -> None:
    counter = await _coalition(world)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "3000.00")
    hamper = await counter.put(
        "bakery", a_reward(points=1000, cost_basis=CostBasis.NEGOTIATED, cost=2000)
    )
    await world.apply(brands=[a_bakery(), a_grocer(), a_fuel(paid_at_issuance="0.25")])
    async with nothing_moves(world):
        with pytest.raises(RewardCostNotAgreed):
            await counter.claim(ada, hamper)


@pytest.mark.parametrize("seed", range(3))
async def test_costs_are_shared_as_the_largest_remainder_says(world: World, seed: int) -> None:
    """Of any lots and any cost: first among issuers, then among the lots of each."""
    await _coalition(world)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1.00")
    (period,) = await world.rows("SELECT min(period_id) FROM entry")
    dice = random.Random(seed)  # noqa: S311 - to try many cases
    cases = {
        number: (
            dice.choice([0, 1, 2, dice.randrange(1000), dice.randrange(2**53)]),
            {
                lot: (dice.randrange(1, 5), dice.choice([1, 2, 3, dice.randrange(1, 2**40)]))
                for lot in range(1, dice.randrange(2, 9))
            },
        )
        for number in range(10, 50)
    }
    rows = ", ".join(
        f"({ada.member_id}, {number}, {lot}, {period[0]}, 20, 30, {points}, {issuer}, 1, 1)"
        for number, (_, lots) in cases.items()
        for lot, (issuer, points) in lots.items()
    )
    await world.corrupt(
        "INSERT INTO lot_use (member_id, seq, lot_seq, period_id, debit, credit, points,"
        f" issuer_id, partner_id, issuer_period_id) VALUES {rows}",
        *(
            f"SELECT books.share_cost({ada.member_id}, {number}, {cost})"
            for number, (cost, _) in cases.items()
        ),
    )
    found: dict[int, dict[int, int]] = {}
    for number, lot, cost in await world.rows("SELECT seq, lot_seq, cost FROM cost_share"):
        found.setdefault(int(str(number)), {})[int(str(lot))] = int(str(cost))
    for number, (cost, lots) in cases.items():
        issuers: dict[int, int] = {}
        for issuer, points in lots.values():
            issuers[issuer] = issuers.get(issuer, 0) + points
        expected = dict.fromkeys(lots, 0)
        for issuer, part in ledger.split(cost, issuers).items():
            own = {lot: points for lot, (of, points) in lots.items() if of == issuer}
            expected |= ledger.split(part, own)
        assert found[number] == expected, (cost, lots)
        assert sum(found[number].values()) == cost
