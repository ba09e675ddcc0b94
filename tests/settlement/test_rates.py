"""Rates: kept once, never changed, asked for the day of the cut-off; the bank's beside them."""

import asyncio
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from coalition import settlement
from coalition.kit.claims import IdempotencyKeyReused, claim_of
from coalition.kit.errors import NotAllowed
from coalition.settlement import ExchangeRequest, GivenRate
from coalition.settlement.errors import (
    FxRateDiffers,
    FxRateMissing,
    FxRateNotValid,
    NothingToExchange,
    PeriodNotReady,
)
from tests.support import World, a_florist, a_grocer, assert_books_balance, nothing_moves

NEW_YORK = ZoneInfo("America/New_York")
JANUARY = "2026-01"
LAST_DAY = date(2026, 1, 31)
YEN = {"currency": "JPY", "issue_price": "1.5", "redeem_price": "1.1"}
DINAR = {"currency": "KWD", "issue_price": "0.0031", "redeem_price": "0.0024"}


async def _load(
    world: World, *rates: tuple[str, str, str], on: date = LAST_DAY
) -> settlement.LoadedRates:
    given = [GivenRate(on, base, quote, Decimal(rate)) for base, quote, rate in rates]
    return await settlement.load_rates(
        world.office, actor=world.operator(), source="bank", rates=given
    )


async def _a_closed_january(world: World, netting: str = "USD") -> None:
    """A brand in dollars, one in yen (no decimals), one in dinars (three)."""
    brands = [
        a_grocer(),
        a_florist(**YEN),
        a_florist(code="tea", name="Tea House", legal_entity="tea-inc", clients=[], **DINAR),
    ]
    await world.apply(brands=brands, settlement={"netting": netting, "fx_source": "bank"})
    world.now = datetime(2026, 1, 20, 12, tzinfo=NEW_YORK)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000")
    await world.award("florist", ada, "250")
    await world.redeem("tea", ada, 777)
    await world.redeem("florist", ada, 333)
    world.now = datetime(2026, 2, 1, 12, tzinfo=NEW_YORK)
    await world.close(JANUARY)


async def test_a_rate_is_kept_once_and_never_changed(world: World) -> None:
    await world.apply()
    assert await _load(world, ("USD", "EUR", "0.9")) == settlement.LoadedRates(1, 0)
    async with nothing_moves(world):
        assert await _load(world, ("USD", "EUR", "0.90")) == settlement.LoadedRates(0, 1)
        with pytest.raises(FxRateDiffers, match=r"USD/EUR at 0\.9 for 2026-01-31, not 0\.91"):
            await _load(world, ("USD", "GBP", "0.8"), ("USD", "EUR", "0.91"))
    loads = (_load(world, ("USD", "GBP", rate)) for rate in ("0.8", "0.81", "0.8", "0.81"))
    outcomes = await asyncio.gather(*loads, return_exceptions=True)
    assert sum(isinstance(one, FxRateDiffers) for one in outcomes) == 2
    assert await world.rows("SELECT count(*) FROM fx_rate WHERE quote = 'GBP'") == [(1,)]


@pytest.mark.parametrize(
    "rate",
    [
        ("USD", "EUR", "0"), ("USD", "EUR", "-1"), ("USD", "EUR", "NaN"), ("USD", "USD", "1"),
        ("USD", "EUR", "Infinity"), ("USD", "XXY", "1"), ("USD", "EUR", "0.00000000001"),
        ("USD", "EUR", "10000000000"), ("usd", "EUR", "1"),
    ],
)  # fmt: skip
async def test_what_is_no_rate_is_refused(world: World, rate: tuple[str, str, str]) -> None:
    await world.apply()
    async with nothing_moves(world):
        with pytest.raises(FxRateNotValid):
            await _load(world, ("USD", "GBP", "0.8"), rate)
        with pytest.raises(FxRateNotValid):
            await _load(world)
        with pytest.raises(NotAllowed):
            await settlement.load_rates(
                world.office, actor=world.actor("grocer"), source="bank", rates=[]
            )


async def test_yen_and_dinars_are_netted_in_dollars_and_rounding_is_posted(world: World) -> None:
    await _a_closed_january(world)
    async with nothing_moves(world):
        with pytest.raises(FxRateMissing, match="bank for USD/JPY, USD/KWD on"):
            await world.approve(JANUARY)
    # The day before and another source help nothing.
    await _load(world, ("USD", "JPY", "150"), ("KWD", "USD", "3.25"), on=date(2026, 1, 30))
    with pytest.raises(FxRateMissing, match="bank for USD/JPY, USD/KWD on 2026-01-31"):
        await world.approve(JANUARY)
    await _load(world, ("USD", "JPY", "150.25"), ("KWD", "USD", "3.2577"))
    approved = await world.approve(JANUARY)
    # 500 points at 1.5 yen less 333 at 1.1: 750 - 366; 777 at 0.0024 dinars: 1.865.
    by_currency = {
        one.net.currency: (one.net.minor, one.settled.minor)
        for one in approved.positions
        if one.partner_id is not None
    }
    assert by_currency == {
        "USD": (1000, 1000),
        "JPY": (384, round(Decimal(384) / Decimal("150.25") * 100)),
        "KWD": (-1865, round(Decimal("-1.865") * Decimal("3.2577") * 100)),
    }
    assert sum(one.settled.minor for one in approved.positions) == 0
    await assert_books_balance(world)


async def test_what_the_pool_lacks_is_bought_and_the_difference_is_its_own(world: World) -> None:
    await _a_closed_january(world, netting="per_currency")

    def asked(key: str = "x", currency: str = "KWD", rate: str = "3.30") -> ExchangeRequest:
        return ExchangeRequest(key, JANUARY, currency, "KWD", Decimal(rate))

    async def buy(request: ExchangeRequest, *, dry_run: bool = False) -> settlement.Exchange:
        return await settlement.record_exchange(
            world.office, actor=world.operator(), request=request, now=world.now, dry_run=dry_run
        )

    await _load(world, ("USD", "JPY", "150"), ("KWD", "USD", "3.25"))
    async with nothing_moves(world):
        with pytest.raises(PeriodNotReady, match="2026-01 is closed"):
            await buy(asked())
    await world.approve(JANUARY)
    async with nothing_moves(world):
        dry = await buy(asked(), dry_run=True)
        with pytest.raises(NothingToExchange):
            await buy(asked(currency="JPY"))
        with pytest.raises(FxRateNotValid):
            await buy(asked(rate="0"))
    tries = await asyncio.gather(buy(asked()), buy(asked("z")), return_exceptions=True)
    (bought,) = (one for one in tries if isinstance(one, settlement.Exchange))
    assert any(isinstance(one, NothingToExchange) for one in tries)
    # 1.865 dinars are 6.06 dollars in the books and 6.15 at the bank.
    assert (bought.bought.minor, bought.booked.minor, bought.sold.minor) == (1865, 606, 615)
    assert (dry, bought.loss.minor) == (bought, 9)
    (key,) = await world.rows("SELECT claim FROM fx_exchange")
    mine = "x" if key[0] == claim_of("operator", "recordExchange", "x") else "z"
    assert (await buy(asked(mine))).replayed
    with pytest.raises(IdempotencyKeyReused):
        await buy(asked(mine, rate="3.31"))
    # Who comes with another key finds nothing left to buy.
    async with nothing_moves(world):
        with pytest.raises(NothingToExchange):
            await buy(asked("y", rate="3.20"))
    posted = await world.rows(
        "SELECT debit, credit, amount, currency FROM money_entry"
        " WHERE source_kind = 'FX_EXCHANGE' ORDER BY id"
    )
    assert posted == [(660, 620, 1865, "KWD"), (620, 660, 606, "USD"), (650, 660, 9, "USD")]
    await assert_books_balance(world)


async def test_what_is_worth_nothing_in_the_books_is_not_bought(world: World) -> None:
    """One yen at 210 to the dollar is less than half a cent, whatever the bank asks for it."""
    await world.apply(
        brands=[a_grocer(), a_florist(currency="JPY", points_per_unit="1", redeem_price="1")],
        settlement={"fx_source": "bank"},
    )
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "100")
    await world.redeem("florist", ada, 1)
    world.now = datetime(2026, 4, 2, 12, tzinfo=NEW_YORK)
    await world.close("2026-03")
    await world.approve("2026-03")
    rate = GivenRate(date(2026, 3, 31), "USD", "JPY", Decimal(210))
    await settlement.load_rates(world.office, actor=world.operator(), source="bank", rates=[rate])
    request = ExchangeRequest("x", "2026-03", "JPY", "USD", Decimal(190))
    async with nothing_moves(world):
        with pytest.raises(NothingToExchange, match="1 JPY that the pool lacks"):
            await settlement.record_exchange(
                world.office, actor=world.operator(), request=request, now=world.now
            )
    await assert_books_balance(world)
