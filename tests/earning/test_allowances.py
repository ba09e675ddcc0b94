"""Packs and credit limits: a brand never gives more points than it may, however many at once."""

import asyncio

import pytest

from coalition import earning
from coalition.earning.errors import CreditLimitReached, PrepaidExhausted
from coalition.kit.database import Sight, administering
from coalition.ledger import Allowance, AllowanceKind, allowances_of, pack_uses
from tests.support import (
    Brand,
    World,
    a_fuel,
    a_grocer,
    a_promotion,
    assert_books_balance,
    nothing_moves,
)

PACKS, CREDIT = AllowanceKind.PACKS, AllowanceKind.CREDIT


def _packs(*points: int, **more: object) -> dict[str, object]:
    packs = [
        {"code": f"p{place}", "bought_on": f"2026-01-0{place}", "points": str(size), "amount": "9"}
        for place, size in enumerate(points, start=1)
    ]
    return {"prepaid": {"packs": packs, **more}}


def _credit(limit: str, **more: object) -> dict[str, object]:
    return {"credit": {"limit": limit, **more}}


async def _left(world: World, brand: str = "grocer") -> dict[AllowanceKind, int]:
    partner_id = world.partner(brand).id
    async with world.database.reading(Sight(partner_id=partner_id)) as connection:
        return {one.kind: one.left for one in await allowances_of(connection, partner_id)}


async def _with(world: World, *brands: Brand) -> None:
    await world.apply(brands=list(brands), promotions=[])


async def test_points_come_out_of_the_packs_until_they_are_used_up(world: World) -> None:
    await _with(world, a_grocer(**_packs(100, 50)))
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "120")
    assert await _left(world) == {PACKS: 30}
    async with nothing_moves(world):
        with pytest.raises(PrepaidExhausted):
            await world.award("grocer", ada, "31")
    await world.award("grocer", ada, "30")
    assert await _left(world) == {PACKS: 0}
    await assert_books_balance(world)


async def test_another_pack_lets_points_be_given_again(world: World) -> None:
    await _with(world, a_grocer(**_packs(100)))
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    await _with(world, a_grocer(**_packs(100, 40)))
    await world.award("grocer", ada, "40")
    with pytest.raises(PrepaidExhausted):
        await world.award("grocer", ada, "1")
    await assert_books_balance(world)


async def test_a_limit_counts_the_issue_price_and_the_fee(world: World) -> None:
    await _with(world, a_grocer(issue_price="0.0099", fee_per_point="0.0001", **_credit("1.00")))
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "99")
    async with nothing_moves(world):
        with pytest.raises(CreditLimitReached):
            await world.award("grocer", ada, "2")
    await world.award("grocer", ada, "1")
    assert await _left(world) == {CREDIT: 0}
    await assert_books_balance(world)


async def test_when_packs_are_used_up_credit_goes_on_to_its_limit(world: World) -> None:
    brand = a_grocer(**_packs(100, overdraft="to_limit"), **_credit("0.50"))
    await _with(world, brand)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "90")
    # Not in the packs any more as a whole, so not by them at all.
    await world.award("grocer", ada, "40")
    assert await _left(world) == {PACKS: 10, CREDIT: 10_000_000}
    with pytest.raises(CreditLimitReached):
        await world.award("grocer", ada, "11")
    await world.award("grocer", ada, "10")
    await world.award("grocer", ada, "10")
    assert await _left(world) == {PACKS: 0, CREDIT: 0}
    (period,) = await world.rows("SELECT id FROM period")
    async with world.database.reading(Sight(partner_id=1)) as connection:
        assert [one.points for one in await pack_uses(connection, int(str(period[0])))] == [100]
    await assert_books_balance(world)


async def test_what_comes_back_may_be_given_again(world: World) -> None:
    await _with(world, a_grocer(**_packs(100)), a_fuel(**_credit("0.60")))
    ada = await world.enrol("Ada")
    pack = await world.award("grocer", ada, "100")
    loan = await world.award("fuel", ada, "100")
    await world.bring_back("grocer", pack.place, "30")
    await world.bring_back("fuel", loan.place, "99.99")
    assert await _left(world) == {PACKS: 30}
    await world.bring_back("fuel", loan.place)
    assert await _left(world, "fuel") == {CREDIT: 60_000_000}
    await world.award("grocer", ada, "30")
    await assert_books_balance(world)


async def test_what_was_paid_may_be_given_again(world: World) -> None:
    await _with(world, a_grocer(**_credit("1.00")))
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    async with administering(world.addresses) as connection:
        await connection.exec_driver_sql("SELECT books.restore_credit(1, 40000000)")
    await world.award("grocer", ada, "40")
    with pytest.raises(CreditLimitReached):
        await world.award("grocer", ada, "1")
    await assert_books_balance(world)


async def test_a_lower_limit_counts_what_was_given_before(world: World) -> None:
    await _with(world, a_grocer(**_credit("1.00")))
    ada = await world.enrol("Ada")
    given = await world.award("grocer", ada, "90")
    await _with(world, a_grocer(**_credit("0.50")))
    assert await _left(world) == {CREDIT: -40_000_000}
    with pytest.raises(CreditLimitReached):
        await world.award("grocer", ada, "1")
    await world.bring_back("grocer", given.place, "50")
    await world.award("grocer", ada, "10")
    assert await _left(world) == {CREDIT: 0}
    await assert_books_balance(world)


async def test_in_a_batch_rows_are_given_in_their_order_and_refused_one_by_one(
    world: World,
) -> None:
    await _with(world, a_grocer(**_packs(100)))
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "20", key="first", reference="first")
    outcomes = await earning.award_points(
        world.office,
        actor=world.actor("grocer"),
        requests=[
            earning.AwardRequest(
                "first", ada.ref, world.purchase("grocer", "20", reference="first")
            ),
            *(
                earning.AwardRequest(f"batch-{place}", ada.ref, world.purchase("grocer", amount))
                for place, amount in enumerate(("50", "31", "30"))
            ),
        ],
        now=world.now,
    )
    assert outcomes[0].place == first.place
    assert [one.refusal and one.refusal.code for one in outcomes] == [
        None, None, "PREPAID_EXHAUSTED", None,
    ]  # fmt: skip
    assert await _left(world) == {PACKS: 0}
    await assert_books_balance(world)


async def test_all_or_nothing_gives_the_packs_back(world: World) -> None:
    await _with(world, a_grocer(**_packs(100)))
    ada = await world.enrol("Ada")
    async with nothing_moves(world):
        outcomes = await earning.award_points(
            world.office,
            actor=world.actor("grocer"),
            requests=[
                earning.AwardRequest(f"batch-{place}", ada.ref, world.purchase("grocer", amount))
                for place, amount in enumerate(("50", "51"))
            ],
            now=world.now,
            all_or_nothing=True,
        )
    assert [one.refusal and one.refusal.code for one in outcomes] == [
        "BATCH_REJECTED", "PREPAID_EXHAUSTED",
    ]  # fmt: skip
    assert await _left(world) == {PACKS: 100}


async def test_an_estimate_is_refused_as_the_award_would_be(world: World) -> None:
    await _with(world, a_grocer(**_packs(100)), a_fuel(**_credit("0.60")))
    for brand, enough, more, refusal in (
        ("grocer", "100", "101", PrepaidExhausted), ("fuel", "100", "102", CreditLimitReached),
    ):  # fmt: skip

        async def estimate(amount: str, brand: str = brand) -> earning.Earned:
            return await earning.estimate_award(
                world.office,
                actor=world.actor(brand),
                member=None,
                purchase=world.purchase(brand, amount),
                now=world.now,
            )

        assert (await estimate(enough)).points > 0
        with pytest.raises(refusal):
            await estimate(more)


async def test_each_funder_of_a_promotion_draws_on_its_own(world: World) -> None:
    brands = [a_grocer(**_packs(1000)), a_fuel(**_credit("0.60"))]
    await world.apply(brands=brands, promotions=[a_promotion()])
    ada = await world.enrol("Ada")
    given = await world.award("grocer", ada, "10", promotion="spring")
    assert (await _left(world), await _left(world, "fuel")) == (
        {PACKS: 940}, {CREDIT: 12_000_000},
    )  # fmt: skip
    async with nothing_moves(world):
        with pytest.raises(CreditLimitReached):
            await world.award("grocer", ada, "10", promotion="spring")
    await world.bring_back("grocer", given.place)
    assert (await _left(world), await _left(world, "fuel")) == (
        {PACKS: 1000}, {CREDIT: 60_000_000},
    )  # fmt: skip
    await assert_books_balance(world)


async def test_however_many_tills_award_at_once_a_limit_is_never_overrun(world: World) -> None:
    await _with(world, a_grocer(**_packs(200)))
    people = [await world.enrol(f"Member {number}") for number in range(12)]

    async def till(number: int) -> list[bool]:
        given = []
        for place in range(5):
            try:
                await world.award("grocer", people[number], "7", key=f"till-{number}-{place}")
            except PrepaidExhausted:
                given.append(False)
            else:
                given.append(True)
        return given

    given = [one for row in await asyncio.gather(*map(till, range(12))) for one in row]
    # 28 times 7 are 196; what is left cannot pay for another one.
    assert (sum(given), len(given)) == (28, 60)
    assert await _left(world) == {PACKS: 4}
    await assert_books_balance(world)


async def test_batches_of_two_brands_that_fund_each_other_do_not_wait_for_one_another(
    world: World,
) -> None:
    await world.apply(
        brands=[a_grocer(**_packs(3000)), a_fuel(**_packs(3000))],
        promotions=[
            a_promotion(),
            a_promotion(code="fuels-own", brand="fuel", funded_by={"fuel": "60", "grocer": "40"}),
        ],
    )
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")

    async def batch(brand: str, promotion: str, who: object, number: int) -> list[object]:
        outcomes = await earning.award_points(
            world.office,
            actor=world.actor(brand),
            requests=[
                earning.AwardRequest(
                    f"{brand}-{number}-{place}",
                    who.ref,  # type: ignore[attr-defined]  # of people only
                    world.purchase(brand, "1", promotion=promotion),
                )
                for place in range(50)
            ],
            now=world.now,
        )
        return [one.refusal and one.refusal.code for one in outcomes]

    done = await asyncio.gather(
        *(batch("grocer", "spring", ada, number) for number in range(6)),
        *(batch("fuel", "fuels-own", bo, number) for number in range(6)),
    )
    refused = [code for codes in done for code in codes]
    assert set(refused) == {None}
    await assert_books_balance(world)


async def test_a_warning_is_told_once_when_the_line_is_crossed(world: World) -> None:
    brand = a_grocer(**_packs(100, alert="0.5"))
    await _with(world, brand)
    ada = await world.enrol("Ada")

    async def told() -> list[tuple[object, ...]]:
        return await world.rows("SELECT kind, partner_id FROM event WHERE kind >= 30")

    await world.award("grocer", ada, "50")
    assert await told() == []
    await asyncio.gather(*(world.award("grocer", ada, "1", key=f"w{n}") for n in range(6)))
    assert await told() == [(30, 1)]
    await _with(world, a_grocer(**_packs(100, 100, alert="0.5")))
    await world.award("grocer", ada, "60")
    assert await told() == [(30, 1), (30, 1)]
    await assert_books_balance(world)


async def test_applying_again_leaves_what_is_left_alone(world: World) -> None:
    brand = a_grocer(**_packs(100), **_credit("3.00"))
    await _with(world, brand)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "33")
    async with nothing_moves(world):
        await _with(world, brand)


async def test_a_brand_without_packs_and_limit_has_nothing_to_draw_on(world: World) -> None:
    await _with(world, a_grocer())
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "33")
    assert await _left(world) == {}
    assert await world.rows("SELECT * FROM allowance_use") == []


async def test_a_partner_sees_its_own_allowances_only(world: World) -> None:
    await _with(world, a_grocer(**_packs(100)), a_fuel(**_packs(50)))
    fuel = world.partner("fuel").id
    async with world.database.reading(Sight(partner_id=world.partner("grocer").id)) as connection:
        assert await allowances_of(connection, fuel) == []
    async with world.database.reading(Sight(partner_id=fuel)) as connection:
        assert await allowances_of(connection, fuel) == [Allowance(fuel, PACKS, 50, 50, 10)]
