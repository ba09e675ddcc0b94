"""Points that several brands give together: each pays for its share, and gets back its share."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition.earning.errors import PromotionNotFound, PromotionNotFunded
from coalition.kit.database import Sight
from tests.support import (
    Person,
    World,
    a_bakery,
    a_fuel,
    a_grocer,
    a_promotion,
    assert_books_balance,
    nothing_moves,
)

PER_PENNY = "100"  # ten thousand and one points for 100.01


async def _award(world: World, who: Person, amount: str, promotion: str | None) -> tuple[int, int]:
    outcome = await world.award("grocer", who, amount, promotion=promotion)
    assert outcome.place is not None
    return outcome.place


async def _shares(world: World) -> list[tuple[object, ...]]:
    """Brand, kind of entry and points, as the book has them."""
    return await world.rows(
        "SELECT b.code, e.kind, sum(e.points)::bigint FROM entry e"
        " JOIN partner b ON b.id = e.partner_id"
        " WHERE e.promotion_id IS NOT NULL GROUP BY 1, 2 ORDER BY 2, 1"
    )


async def test_ten_thousand_and_one_points_are_six_thousand_and_one_and_four_thousand(
    world: World,
) -> None:
    await world.apply(
        brands=[a_grocer(), a_fuel()], promotions=[a_promotion(points_per_unit=PER_PENNY)]
    )
    ada = await world.enrol("Ada")
    await _award(world, ada, "100.01", "spring")
    assert await _shares(world) == [("fuel", 1, 4_000), ("grocer", 1, 6_001)]
    assert (await world.balance(ada)).available == 10_001
    assert await world.rows("SELECT count(*), sum(points) FROM award") == [(1, 10_001)]
    await assert_books_balance(world)


async def test_each_funder_pays_at_its_own_agreement_of_that_day(world: World) -> None:
    later = [{"valid_from": "2026-04-01", "issue_price": "0.0200"}]
    await world.apply(brands=[a_grocer(), a_fuel(later=later)], promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    await _award(world, ada, "10", "spring")
    world.now = datetime(2026, 4, 2, 12, tzinfo=UTC)
    await _award(world, ada, "10", "spring")
    world.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    await world.close("2026-03")
    await world.close("2026-04")
    fuel = [(await world.statements(month))["fuel"] for month in ("2026-03", "2026-04")]
    assert [str(one.issued.amount) for one in fuel] == ["0.48", "0.80"]
    await assert_books_balance(world)


async def test_a_purchase_without_the_promotion_is_the_brands_alone(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_fuel()], promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    await _award(world, ada, "10", None)
    assert await _shares(world) == []
    assert await world.rows("SELECT issuer_id, points FROM lot") == [
        (world.partner("grocer").id, 10)
    ]
    await assert_books_balance(world)


async def test_points_of_a_promotion_pay_a_debt_first(world: World) -> None:
    returns = {"clawback": "unlimited", "shortfall_payer": "issuer", "debt_limit": "1000"}
    await world.apply(brands=[a_grocer(), a_fuel()], promotions=[a_promotion()], returns=returns)
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "70")
    await world.redeem("grocer", ada, 70)
    await world.bring_back("grocer", first.place)
    await _award(world, ada, "10", "spring")
    balance = await world.balance(ada)
    assert (balance.available, balance.owed) == (30, 0)
    await assert_books_balance(world)


@pytest.mark.parametrize("promotion", ["summer", "fuels-own", "autumn"])
async def test_a_promotion_of_nobody_of_another_brand_or_of_another_time_is_not_there(
    world: World, promotion: str
) -> None:
    autumn = {"valid_from": "2026-09-01", "valid_until": "2026-10-01"}
    await world.apply(
        brands=[a_grocer(), a_fuel()],
        promotions=[
            a_promotion(), a_promotion(code="fuels-own", brand="fuel"),
            a_promotion(code="autumn", **autumn),
        ],
    )  # fmt: skip
    ada = await world.enrol("Ada")
    async with nothing_moves(world):
        with pytest.raises(PromotionNotFound) as refused:
            await _award(world, ada, "10", promotion)
    assert refused.value.field == ("purchase", "promotion")
    assert f"had no promotion {promotion!r}" in str(refused.value)


async def test_a_promotion_ends_with_the_last_instant_before_its_end(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_fuel()], promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    world.now = datetime(2026, 5, 2, tzinfo=UTC)
    last = datetime(2026, 5, 1, 3, 59, 59, 999_000, tzinfo=UTC)
    await world.award("grocer", ada, "10", at=last, promotion="spring")
    with pytest.raises(PromotionNotFound):
        await world.award(
            "grocer", ada, "10", at=datetime(2026, 5, 1, 4, tzinfo=UTC), promotion="spring"
        )
    await assert_books_balance(world)


async def test_a_promotion_needs_all_that_fund_it(world: World) -> None:
    brands = [a_grocer(), a_fuel(status="suspended")]
    await world.apply(brands=brands, promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    async with nothing_moves(world):
        with pytest.raises(PromotionNotFunded):
            await _award(world, ada, "10", "spring")


async def test_a_return_takes_its_share_from_each_and_the_last_one_the_rest(world: World) -> None:
    await world.apply(
        brands=[a_grocer(), a_bakery(), a_fuel()],
        promotions=[a_promotion(funded_by={"grocer": "50", "bakery": "30", "fuel": "20"})],
    )
    ada = await world.enrol("Ada")
    place = await _award(world, ada, "33.33", "spring")
    assert await _shares(world) == [("bakery", 1, 100), ("fuel", 1, 67), ("grocer", 1, 166)]
    await world.bring_back("grocer", place, "11.11")
    await world.bring_back("grocer", place, "0.13")
    await world.bring_back("grocer", place)
    assert [row for row in await _shares(world) if row[1] == 2] == [
        ("bakery", 2, 100), ("fuel", 2, 67), ("grocer", 2, 166),
    ]  # fmt: skip
    assert (await world.balance(ada)).available == 0
    await assert_books_balance(world)


async def test_who_bears_what_was_spent_bears_it_per_share(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_fuel()], promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    place = await _award(world, ada, "10", "spring")
    await world.redeem("fuel", ada, 90)
    back = await world.bring_back("grocer", place)
    assert (back.clawed_back, back.shortfall, back.borne_by) == (10, 90, "issuer")
    taken = await world.rows(
        "SELECT b.code, sum(e.points) FROM entry e JOIN partner b ON b.id = e.partner_id"
        " WHERE e.kind = 2 GROUP BY 1 ORDER BY 1"
    )
    assert taken == [("fuel", 40), ("grocer", 60)]
    await assert_books_balance(world)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cents=st.integers(100, 20_000), parts=st.lists(st.integers(1, 9_999), max_size=4))
async def test_in_whatever_parts_it_comes_back_nobody_gives_back_more_than_it_gave(
    world: World, cents: int, parts: list[int]
) -> None:
    shares = {"grocer": "57", "bakery": "29", "fuel": "14"}
    await world.apply(
        brands=[a_grocer(), a_bakery(), a_fuel()],
        promotions=[a_promotion(points_per_unit="7", funded_by=shares)],
    )
    ada = await world.enrol("Ada")
    place = await _award(world, ada, f"{cents // 100}.{cents % 100:02}", "spring")
    left = cents
    for part in parts:
        if part < left:
            await world.bring_back("grocer", place, f"{part // 100}.{part % 100:02}")
            left -= part
    await world.bring_back("grocer", place)
    assert (await world.balance(ada)).available == 0
    await assert_books_balance(world)


async def test_a_funder_sees_what_it_pays_for_and_not_whose_purchase_it_was(world: World) -> None:
    await world.apply(brands=[a_grocer(), a_fuel()], promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    await _award(world, ada, "10", "spring")
    async with world.database.reading(Sight(partner_id=world.partner("fuel").id)) as connection:
        for table, rows in (("award", 0), ("award_share", 0), ("entry", 1), ("lot", 1)):
            found = await connection.exec_driver_sql(f"SELECT * FROM coalition.{table}")
            assert len(found.all()) == rows, table
