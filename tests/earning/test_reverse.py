"""A purchase that comes back takes its points back: never more, never twice, and never in silence
about who pays for points that were spent already.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from coalition.earning import (
    AwardRequest,
    ReturnNotNamed,
    ReturnRequest,
    Reversal,
    award_points,
    reverse_award,
)
from coalition.earning.errors import AwardNotFound, MoreThanAwarded
from coalition.kit.claims import IdempotencyKeyReused
from coalition.ledger import Balance
from coalition.partners import PartnerSuspended
from coalition.partners.terms import Clawback, ShortfallPayer
from tests.earning.places import place_of
from tests.support import World, a_bakery, a_grocer, assert_books_balance, nothing_moves

# Of a return of 100 points: taken from the member, owed by it, borne by the payer. A member may
# owe 50; what it had left when 60 or all of them were spent can be taken only by the wider two.
TAKEN: dict[Clawback, dict[str, tuple[int, int, int]]] = {
    Clawback.ONLY_PENDING: {
        "pending": (100, 0, 0), "there": (0, 0, 100), "partly": (0, 0, 100), "spent": (0, 0, 100),
    },
    Clawback.WITHIN_BALANCE: {
        "pending": (100, 0, 0), "there": (100, 0, 0), "partly": (40, 0, 60), "spent": (0, 0, 100),
    },
    Clawback.UNLIMITED: {
        "pending": (100, 0, 0), "there": (100, 0, 0), "partly": (40, 50, 10), "spent": (0, 50, 50),
    },
}  # fmt: skip
# What is left available to each afterwards: a return never touches what it may not.
LEFT = {
    Clawback.ONLY_PENDING: {"pending": 0, "there": 100, "partly": 40, "spent": 0},
    Clawback.WITHIN_BALANCE: {"pending": 0, "there": 0, "partly": 0, "spent": 0},
    Clawback.UNLIMITED: {"pending": 0, "there": 0, "partly": 0, "spent": 0},
}


async def _apply(
    world: World,
    clawback: Clawback = Clawback.WITHIN_BALANCE,
    payer: ShortfallPayer = ShortfallPayer.ISSUER,
    debt_limit: int = 0,
    pending_days: int = 0,
) -> None:
    returns = {
        "clawback": clawback.value,
        "shortfall_payer": payer.value,
        "debt_limit": str(debt_limit),
    }
    expiry = {"kind": "rolling", "months": "12"}
    await world.apply(returns=returns, expiry=expiry, pending_days=str(pending_days))


def _split(back: Reversal) -> tuple[int, int, int]:
    return back.clawed_back, back.owed_by_member, back.shortfall - back.owed_by_member


@pytest.mark.parametrize("payer", ShortfallPayer)
@pytest.mark.parametrize("clawback", Clawback)
async def test_a_return_takes_what_the_policy_reaches_and_the_payer_bears_the_rest(
    world: World, clawback: Clawback, payer: ShortfallPayer
) -> None:
    await _apply(world, clawback, payer, 50, pending_days=14)
    world.now = datetime(2026, 3, 25, 12, tzinfo=UTC)
    spendable = world.now - timedelta(days=20)
    taken, left, borne_by = {}, {}, set()
    for state, spent in (("pending", 0), ("there", 0), ("partly", 60), ("spent", 100)):
        ada = await world.enrol("Ada")
        bought_at = world.now if state == "pending" else spendable
        award = await world.award("grocer", ada, "100", at=bought_at)
        if spent:
            await world.redeem("bakery", ada, spent)
        back = await world.bring_back("grocer", award.place)
        taken[state] = _split(back)
        left[state] = (await world.balance(ada)).available
        borne_by.add(back.borne_by)
    assert taken == TAKEN[clawback]
    assert left == LEFT[clawback]
    assert borne_by == {None, payer.value}

    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.close("2026-03")
    statement = (await world.statements("2026-03"))["grocer"]
    borne = sum(one[2] for one in taken.values())
    owed = sum(one[1] for one in taken.values())
    paid = borne if payer is ShortfallPayer.ISSUER else 0
    whose = "issuer grocer" if payer is ShortfallPayer.ISSUER else "pool"
    spent_already = "Returned points already spent, borne by the"
    expected = {
        ("ISSUANCE", "Points issued", 400, 400),
        ("ISSUANCE_REVERSAL", "Points of returned purchases", -400, -400),
        ("SHORTFALL", f"{spent_already} {whose}", borne, paid),
    }
    if owed:
        expected.add(("SHORTFALL", f"{spent_already} members as debt", owed, 0))
    found = {(one.kind, one.description, one.points, one.amount.minor) for one in statement.lines}
    assert found == expected
    assert statement.issued.minor == paid
    await assert_books_balance(world)


async def test_a_return_takes_from_its_own_lot_first_and_then_from_what_ends_soonest(
    world: World,
) -> None:
    await _apply(world)
    ada = await world.enrol("Ada")
    older = await world.award("bakery", ada, "20", at=world.now - timedelta(days=9))
    await world.award("bakery", ada, "10", at=world.now - timedelta(days=30))
    mine = await world.award("grocer", ada, "50", at=world.now - timedelta(days=60))
    await world.redeem("bakery", ada, 45)
    back = await world.bring_back("grocer", mine.place)
    assert _split(back) == (50, 0, 0)
    lots = await world.rows("SELECT member_id, seq, remaining FROM lot WHERE remaining > 0")
    assert lots == [(*place_of(older), 15)]
    await assert_books_balance(world)


async def test_a_return_reaches_no_points_that_are_held_and_all_whose_hold_is_over(
    world: World,
) -> None:
    await _apply(world)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    awards = [await world.award("grocer", who, "100") for who in (ada, bo)]
    for who in (ada, bo):
        await world.hold("bakery", who, 70, seconds=600)
    assert _split(await world.bring_back("grocer", awards[0].place)) == (30, 0, 70)
    world.now += timedelta(seconds=600)
    # No job has swept Bo's hold yet: its points are free all the same.
    assert (await world.balance(bo)).available == 100
    assert _split(await world.bring_back("grocer", awards[1].place)) == (100, 0, 0)
    await assert_books_balance(world)


async def test_partial_returns_add_up_to_the_whole_in_any_order(world: World) -> None:
    await world.apply()
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    taken = []
    for who, amounts in ((ada, ["3.33", "3.33", "3.33"]), (bo, ["0.01", "9.97", None])):
        award = await world.award("bakery", who, "9.99")
        back = [await world.bring_back("bakery", award.place, amount) for amount in amounts]
        taken.append([one.clawed_back for one in back])
        async with nothing_moves(world):
            for amount in ("0.01", None):
                with pytest.raises(MoreThanAwarded):
                    await world.bring_back("bakery", award.place, amount)
    assert taken == [[6, 7, 6], [0, 19, 0]]
    await assert_books_balance(world)


async def test_never_more_comes_back_than_was_bought(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    await world.bring_back("grocer", award.place, "60")
    async with nothing_moves(world):
        with pytest.raises(MoreThanAwarded, match=r"40\.00 USD can still come back"):
            await world.bring_back("grocer", award.place, "40.01")
    assert (await world.bring_back("grocer", award.place)).clawed_back == 40
    assert (await world.balance(ada)).available == 0
    await assert_books_balance(world)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Decimal(0)}, "AMOUNT_NOT_POSITIVE"),
        ({"amount": Decimal(-1)}, "AMOUNT_NOT_POSITIVE"),
        ({"amount": Decimal("1.001")}, "AMOUNT_TOO_PRECISE"),
        ({"amount": Decimal(1), "currency": "EUR"}, "CURRENCY_NOT_AGREED"),
        ({"reason": ""}, "TEXT_NOT_ALLOWED"),
        ({"purchase_reference": "none such"}, "AWARD_NOT_FOUND"),
        ({"at": datetime(2026, 3, 16, tzinfo=UTC)}, "IN_THE_FUTURE"),
    ],
)
async def test_what_is_wrong_with_a_return_leaves_no_trace(
    world: World, changes: dict[str, object], code: str
) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100", reference="receipt")
    fields = {
        "purchase_reference": "receipt", "amount": None, "currency": "USD", "reason": "came back",
        "at": None,
    } | changes  # fmt: skip
    amount, at = fields["amount"], fields["at"]
    assert amount is None or isinstance(amount, Decimal)
    assert at is None or isinstance(at, datetime)
    request = ReturnRequest(
        "k", None, str(fields["purchase_reference"]), amount, str(fields["currency"]),
        str(fields["reason"]), at,
    )  # fmt: skip
    async with nothing_moves(world):
        with pytest.raises(Exception) as refused:  # noqa: PT011 - its code is looked at
            await reverse_award(
                world.office, actor=world.actor("grocer"), request=request, now=world.now
            )
    assert getattr(refused.value, "code", None) == code
    await assert_books_balance(world)


async def test_a_return_names_its_award_in_exactly_one_way(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100", reference="receipt")
    for place, reference in ((None, None), (award.place, "receipt")):
        request = ReturnRequest("k", place, reference, None, None, "came back")
        async with nothing_moves(world):
            with pytest.raises(ReturnNotNamed):
                await reverse_award(
                    world.office, actor=world.actor("grocer"), request=request, now=world.now
                )
    by_receipt = ReturnRequest("k", None, "receipt", None, None, "came back")
    back = await reverse_award(
        world.office, actor=world.actor("grocer"), request=by_receipt, now=world.now
    )
    assert (back.place, back.clawed_back) == (award.place, 100)
    await assert_books_balance(world)


async def test_the_award_of_another_partner_is_not_found(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    async with nothing_moves(world):
        for place in (award.place, (ada.member_id, 99), (999, 1)):
            with pytest.raises(AwardNotFound):
                await world.bring_back("bakery", place)
    await assert_books_balance(world)


async def test_a_suspended_partner_takes_nothing_back(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    await world.apply(brands=[a_bakery(), a_grocer(status="suspended")])
    async with nothing_moves(world):
        with pytest.raises(PartnerSuspended):
            await world.bring_back("grocer", award.place)
    await assert_books_balance(world)


async def test_a_return_is_priced_as_its_award_was(world: World) -> None:
    later = {"valid_from": "2026-02-01", "points_per_unit": "3", "issue_price": "0.0200"}
    await world.apply(brands=[a_grocer(later=[later])])
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100", at=datetime(2026, 1, 20, tzinfo=UTC))
    assert (await world.bring_back("grocer", award.place, "50")).clawed_back == 50
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    await world.close("2026-03")
    lines = (await world.statements("2026-03"))["grocer"].lines
    assert [(one.kind, one.points, one.price, one.amount.minor) for one in lines] == [
        ("ISSUANCE_REVERSAL", -50, Decimal("0.01"), -50)
    ]
    await assert_books_balance(world)


async def test_the_same_return_again_is_answered_with_the_first(world: World) -> None:
    await _apply(world)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    await world.redeem("bakery", ada, 30)
    first = await world.bring_back("grocer", award.place, key="k")
    async with nothing_moves(world):
        again = await world.bring_back("grocer", award.place, key="k")
        with pytest.raises(IdempotencyKeyReused):
            await world.bring_back("grocer", award.place, "10", key="k")
    assert (_split(again), again.borne_by, again.replayed) == ((70, 0, 30), "issuer", True)
    assert not first.replayed
    await assert_books_balance(world)


async def test_the_same_return_twice_at_once_is_one_return(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    backs = await asyncio.gather(
        *(world.bring_back("grocer", award.place, "40", key="k") for _ in range(20))
    )
    assert sum(one.replayed for one in backs) == 19
    assert {_split(one) for one in backs} == {(40, 0, 0)}
    assert (await world.balance(ada)).available == 60
    await assert_books_balance(world)


async def test_two_full_returns_at_once_are_one_return_and_one_refusal(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "500")
    award = await world.award("grocer", ada, "100")
    backs = await asyncio.gather(
        world.bring_back("grocer", award.place),
        world.bring_back("grocer", award.place, "100"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in backs) == ["MoreThanAwarded", "Reversal"]
    assert (await world.balance(ada)).available == 500
    await assert_books_balance(world)


async def test_partial_returns_at_once_stop_when_everything_is_back(world: World) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    backs = await asyncio.gather(
        *(world.bring_back("grocer", award.place, "20") for _ in range(8)),
        return_exceptions=True,
    )
    refused = [one for one in backs if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [MoreThanAwarded] * 3
    assert sum(one.clawed_back for one in backs if isinstance(one, Reversal)) == 100
    await assert_books_balance(world)


async def test_new_points_repay_a_debt_first(world: World) -> None:
    await _apply(world, Clawback.UNLIMITED, debt_limit=50)
    ada, bo = await world.enrol("Ada"), await world.enrol("Bo")
    award = await world.award("grocer", ada, "100")
    await world.redeem("bakery", ada, 100)
    back = await world.bring_back("grocer", award.place)
    assert (_split(back), back.borne_by) == ((0, 50, 50), "issuer")
    assert await world.balance(ada) == Balance(0, 0, 0, 50, world.now)

    await world.award("grocer", ada, "20")
    assert await world.balance(ada) == Balance(0, 0, 0, 30, world.now)

    rows = [
        AwardRequest(f"b{place}", who.ref, world.purchase("grocer", amount))
        for place, (who, amount) in enumerate([(ada, "10"), (bo, "5"), (ada, "25"), (ada, "7")])
    ]
    await award_points(world.office, actor=world.actor("grocer"), requests=rows, now=world.now)
    assert await world.balance(ada) == Balance(12, 0, 0, 0, world.now)
    assert await world.balance(bo) == Balance(5, 0, 0, 0, world.now)
    lots = await world.rows("SELECT points, remaining FROM lot WHERE member_id = $1 ORDER BY seq",
                            ada.member_id)  # fmt: skip
    assert lots == [(100, 0), (20, 0), (10, 0), (25, 5), (7, 7)]
    await assert_books_balance(world)


async def test_a_debt_never_grows_past_its_limit(world: World) -> None:
    await _apply(world, Clawback.UNLIMITED, ShortfallPayer.POOL, debt_limit=50)
    ada = await world.enrol("Ada")
    awards = [await world.award("grocer", ada, "40") for _ in range(3)]
    await world.redeem("bakery", ada, 120)
    backs = await asyncio.gather(*(world.bring_back("grocer", one.place) for one in awards))
    assert sorted(_split(one) for one in backs) == [(0, 0, 40), (0, 10, 30), (0, 40, 0)]
    assert (await world.balance(ada)).owed == 50
    await assert_books_balance(world)


async def test_points_that_repaid_a_debt_are_gone_when_their_purchase_comes_back(
    world: World,
) -> None:
    await _apply(world, Clawback.UNLIMITED, debt_limit=50)
    ada = await world.enrol("Ada")
    first = await world.award("grocer", ada, "50")
    await world.redeem("bakery", ada, 50)
    await world.bring_back("grocer", first.place)
    second = await world.award("grocer", ada, "60")
    assert await world.balance(ada) == Balance(10, 0, 0, 0, world.now)
    assert _split(await world.bring_back("grocer", second.place)) == (10, 50, 0)
    assert await world.balance(ada) == Balance(0, 0, 0, 50, world.now)
    await assert_books_balance(world)


async def test_a_return_in_a_new_month_frees_a_hold_that_ended_though_it_happened_before(
    world: World,
) -> None:
    await _apply(world)
    ada = await world.enrol("Ada")
    award = await world.award("grocer", ada, "100")
    await world.hold("bakery", ada, 70, seconds=600)
    returned_at = world.now
    world.now = datetime(2026, 4, 2, tzinfo=UTC)
    back = await world.bring_back("grocer", award.place, at=returned_at)
    assert _split(back) == (100, 0, 0)
    await assert_books_balance(world)
