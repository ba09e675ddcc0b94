"""Months of random traffic of five brands in four currencies, one without decimals and one with
three, by their own calendars, in each way of billing: every statement, every tax, every netted
position is what a second reckoning says (model.py), to the minor unit.
"""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from coalition import earning, settlement
from coalition.kit.database import EVERYTHING
from coalition.ledger import all_periods
from coalition.settlement import AdjustmentRequest, GivenRate, Source
from tests.settlement import model
from tests.settlement.model import MINOR, Card, Gift, House, Model, Spending, nearest
from tests.support import Person, World, a_promotion, assert_books_balance
from tests.support.brands import Brand, a_client, an_agreement

MADRID, NEW_YORK, TOKYO, KUWAIT = (
    ZoneInfo(name) for name in ("Europe/Madrid", "America/New_York", "Asia/Tokyo", "Asia/Kuwait")
)
CHANGED = date(2026, 2, 14)
STARTED = date(2025, 1, 1)
# One unit of the first is so many of the second; the netting is in euros.
RATES = {("EUR", "JPY"): "163.2471", ("KWD", "EUR"): "2.9873", ("EUR", "GBP"): "0.8611"}
# What a statement sums, by the model's name and by the code's.
SUMS = {
    **{name: name for name in ("issued", "fees", "redeemed", "breakage", "adjusted", "net",
                               "payable")},
    "vat issuance": "vat_issued", "vat redemption": "vat_redeemed",
}  # fmt: skip
SHARES = {"alm": 37, "bay": 41, "dor": 22}
MONTHS, GRACE = 1, 9


def _card(starts: date, issue: str, redeem: str, earns: str, **more: str) -> Card:
    vat = more.pop("vat", "0"), more.pop("vat_back", "0")
    return Card(
        starts, Fraction(issue), Fraction(redeem), Fraction(earns),
        **{name: Fraction(value) for name, value in more.items()},
        vat=(Fraction(vat[0]), Fraction(vat[1])),
    )  # fmt: skip


def _houses(choice: random.Random) -> dict[str, House]:
    """Prices with odd ends, so that halves and remainders come up; each changes once."""

    def price(low: float, high: float, decimals: int) -> str:
        return f"{choice.uniform(low, high):.{decimals}f}"

    def cards(*, unit: float, earns: str, **more: str) -> tuple[Card, ...]:
        found = []
        for starts in (STARTED, CHANGED):
            issue = price(0.008 * unit, 0.013 * unit, 8)
            redeem = price(0.005 * unit, 0.008 * unit, 8)
            found.append(_card(starts, issue, redeem, earns, **more))
        return tuple(found)

    week = choice.choice(["weekly", "quarterly"])
    found = (
        House("alm", "EUR", "monthly", MADRID,
              cards(unit=1, earns="1", fee="0.00035", vat="0.21", vat_back="0.21")),
        House("bay", "GBP", "monthly", NEW_YORK,
              cards(unit=0.86, earns="2", at_once="0", vat="0.2")),
        House("cho", "JPY", week, TOKYO,
              cards(unit=163, earns="0.0125", at_once="0.35", breakage="0.4", vat="0.1",
                    vat_back="0.08")),
        House("dor", "KWD", "monthly", KUWAIT,
              cards(unit=0.33, earns="30", breakage="0.55", fee="0.00012345")),
        House("eik", "EUR", "monthly", MADRID, cards(unit=1, earns="1.5"), prepaid=True),
    )  # fmt: skip
    model.CURRENCY_OF.update({one.code: one.currency for one in found})
    return {one.code: one for one in found}


def _brand(house: House) -> Brand:
    def plain(number: Fraction) -> str:
        return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"

    agreements = []
    for card in house.cards:
        vat = {"vat_mode": "exempt"}
        if any(card.vat):
            vat = {
                "vat_mode": "mixed", "vat_rate": plain(card.vat[0]),
                "vat_rate_redemption": plain(card.vat[1]),
            }  # fmt: skip
        agreements.append(
            an_agreement(
                valid_from=card.starts.isoformat(), points_per_unit=plain(card.earns),
                issue_price=plain(card.issue), redeem_price=plain(card.redeem),
                fee_per_point=plain(card.fee), breakage_share=plain(card.breakage),
                paid_at_issuance=plain(card.at_once), **vat,
            )
        )  # fmt: skip
    brand: Brand = {
        "code": house.code, "name": house.code.title(), "legal_entity": f"{house.code}-inc",
        "currency": house.currency, "agreements": agreements,
        "settlement_calendar": house.length, "time_zone": house.zone.key,
        "clients": [a_client(f"{house.code}-till")],
    }  # fmt: skip
    if house.prepaid:
        pack = {"code": "p", "bought_on": "2025-12-01", "points": "9999999", "amount": "1"}
        brand["prepaid"] = {"packs": [pack]}
    return brand


class Year:
    """The same acts in the world and in the model."""

    def __init__(self, world: World, choice: random.Random) -> None:
        self.world, self.choice = world, choice
        self.houses = _houses(choice)
        self.model = Model(self.houses, MADRID, MONTHS, GRACE)
        self.people: list[Person] = []
        self.gifts: list[tuple[Gift, earning.AwardOutcome]] = []
        self.spendings: list[tuple[Spending, tuple[int, int]]] = []
        self.acts: Counter[str] = Counter()

    async def begin(self) -> None:
        promotion = a_promotion(
            code="joint", brand="alm", points_per_unit="7", valid_from="2026-01-01",
            valid_until="2026-12-01", funded_by={one: str(part) for one, part in SHARES.items()},
        )  # fmt: skip
        self.world.now = datetime(2026, 1, 2, 12, tzinfo=MADRID)
        await self.world.apply(
            brands=[_brand(one) for one in self.houses.values()], promotions=[promotion],
            currency="EUR", time_zone="Europe/Madrid",
            expiry={"kind": "rolling", "months": str(MONTHS)}, refund_grace_days=str(GRACE),
            settlement={"netting": "EUR", "fx_source": "bank"},
        )  # fmt: skip
        self.model.buy_pack(self.houses["eik"], "2026-01", 100)
        self.people = [await self.world.enrol(f"Member {number}", brand="alm")
                       for number in range(5)]  # fmt: skip

    async def act(self) -> None:
        """One thing at random; where it cannot be, a purchase."""
        weights = {self.award: 9, self.together: 3, self.spend: 7, self.refund: 2, self.back: 2,
                   self.adjust: 1}  # fmt: skip
        act = self.choice.choices(list(weights), list(weights.values()))[0]
        if not await act():
            act = self.award
            await act()
        self.acts[act.__name__] += 1

    async def award(self) -> bool:
        house, who, at = self._house(), self._who(), self._when()
        decimals = len(str(MINOR[house.currency])) - 1
        largest = 90_000 if house.currency == "JPY" else 400
        amount = f"{self.choice.uniform(largest / 90, largest):.{decimals}f}"
        outcome = await self.world.award(house.code, who, amount, at=at)
        self._keep(self.model.give(who.name, house, at, amount), outcome)
        return True

    async def together(self) -> bool:
        who, at = self._who(), self._when()
        amount = f"{self.choice.uniform(5, 300):.2f}"
        outcome = await self.world.award("alm", who, amount, at=at, promotion="joint")
        points = int(Fraction(amount) * 7)
        self._keep(self.model.give_together(who.name, at, points, SHARES, "joint"), outcome)
        return True

    async def spend(self) -> bool:
        house, who = self._house(), self._who()
        available = (await self.world.balance(who)).available
        if available < 10:
            return False
        points = self.choice.randint(1, available)
        place = await self.world.redeem(house.code, who, points)
        spent = self.model.spend(who.name, house, self.world.now, points)
        self.spendings.append((spent, place))
        return True

    async def refund(self) -> bool:
        if not self.spendings:
            return False
        spent, place = self.spendings.pop(self.choice.randrange(len(self.spendings)))
        await self.world.refund(spent.house.code, place)
        self.model.refund(spent, self.world.now)
        return True

    async def back(self) -> bool:
        """A purchase of which nothing was spent and nothing has ended."""
        today = self.world.now.astimezone(MADRID).date()
        whole = [
            one for one in self.gifts
            if all(lot.left == points and lot.ends >= today for lot, points, _, _ in one[0].parts)
        ]  # fmt: skip
        if not whole:
            return False
        gift, outcome = one = self.choice.choice(whole)
        self.gifts.remove(one)
        seller = "alm" if gift.parts[0][3] else gift.parts[0][0].house.code
        returned = await self.world.bring_back(seller, outcome.place)
        assert returned.clawed_back == sum(points for _, points, _, _ in gift.parts)
        self.model.bring_back(gift, self.world.now)
        return True

    async def adjust(self) -> bool:
        house, number = self._house(), sum(self.acts.values())
        minor = self.choice.choice([-1, 1]) * self.choice.randint(1, 5000)
        amount = Decimal(minor) / MINOR[house.currency]
        source = Source("DISPUTE", f"d-{number}", abs(amount))
        await settlement.record_adjustment(
            self.world.office, actor=self.world.operator(), now=self.world.now,
            request=AdjustmentRequest(f"a-{number}", house.code, "Wrong", source, amount=amount),
        )  # fmt: skip
        self.model.adjust(house, self.world.now, minor)
        return True

    async def close_what_has_ended(self, *, left_open: str | None) -> None:
        await self.end_points()
        async with self.world.database.reading(EVERYTHING) as connection:
            found = await all_periods(connection)
        for one in found:
            if one.ends_at <= self.world.now and one.state == "open" and one.calendar != left_open:
                await self.world.close(one.label, calendar=one.calendar)
                self.model.closed.add((one.calendar, one.label))

    async def end_points(self) -> None:
        assert await self.world.expire() == self.model.end_points(self.world.now)

    def _keep(self, gift: Gift, outcome: earning.AwardOutcome) -> None:
        assert outcome.record is not None
        assert outcome.record.points == sum(points for _, points, _, _ in gift.parts)
        self.gifts.append((gift, outcome))

    def _house(self) -> House:
        return self.choice.choice(list(self.houses.values()))

    def _who(self) -> Person:
        return self.choice.choice(self.people)

    def _when(self) -> datetime:
        """Now, or reported up to three weeks late; the points must not have ended by now."""
        late = self.choice.choice([0, 0, 0, 1, 5, 21])
        return max(self.world.now - timedelta(days=late), datetime(2026, 1, 2, tzinfo=MADRID))


def _moments(choice: random.Random, month: int) -> list[datetime]:
    """Of a month, in order: some at random, and the last millisecond and the first instant of each
    brand's own midnight at its end.
    """
    first = datetime(2026, month, 3, tzinfo=MADRID)
    some = [first + timedelta(minutes=choice.randint(0, 36_000)) for _ in range(14)]
    edges = []
    for zone in (TOKYO, KUWAIT, MADRID, NEW_YORK):
        midnight = datetime(2026, month + 1, 1, tzinfo=zone).astimezone(MADRID)
        edges += [midnight - timedelta(milliseconds=1), midnight]
    return sorted([*some, *edges])


async def _statements(world: World, period_id: int) -> dict[tuple[str, str], dict[str, int]]:
    terms = await world.office.terms()
    async with world.database.reading(EVERYTHING) as connection:
        found = await settlement.list_statements(
            connection, settlement.StatementFilter(period_id=period_id)
        )
    return {
        (terms.partner(one.partner_id).code, one.net.currency): {
            name: getattr(one, field).minor for name, field in SUMS.items()
        }
        for one in found
    }


def _in_euros(minor: int, currency: str) -> int:
    if currency == "EUR":
        return minor
    money = Fraction(minor, MINOR[currency])
    for (base, quote), rate in RATES.items():
        if {base, quote} == {currency, "EUR"}:
            there = money * Fraction(rate) if base == currency else money / Fraction(rate)
            return nearest(there * MINOR["EUR"])
    raise AssertionError(currency)


@pytest.mark.long
@pytest.mark.parametrize("seed", [17, 41])
async def test_random_months_come_to_what_a_second_reckoning_says(world: World, seed: int) -> None:
    choice = random.Random(seed)  # noqa: S311 - the same year every time
    year = Year(world, choice)
    await year.begin()
    for month in (1, 2, 3):
        for place, world.now in enumerate(_moments(choice, month)):
            await year.act()
            if place % 5 == 4:
                await year.end_points()
        world.now = datetime(2026, month + 1, 2, 20, tzinfo=MADRID)
        # One calendar waits for a month: what is reported late still falls into its own period.
        await year.close_what_has_ended(left_open=f"monthly@{NEW_YORK.key}" if month == 1 else None)
    assert len(year.acts) >= 5, year.acts
    async with world.database.reading(EVERYTHING) as connection:
        periods = [one for one in await all_periods(connection) if one.state == "closed"]
    assert len(periods) >= 9
    days = {one.ends_at.astimezone(ZoneInfo(one.calendar.partition("@")[2])).date()
            - timedelta(days=1) for one in periods}  # fmt: skip
    await settlement.load_rates(
        world.office, actor=world.operator(), source="bank",
        rates=[GivenRate(day, base, quote, Decimal(rate))
               for day in days for (base, quote), rate in RATES.items()],
    )  # fmt: skip
    terms = await world.office.terms()
    seen: set[tuple[str, str]] = set()
    for one in periods:
        expected = year.model.statements(one.calendar, one.label)
        found = await _statements(world, one.id)
        # Who had nothing has a statement of nothing.
        assert expected.keys() <= found.keys(), one
        for key, sums in found.items():
            assert sums == {name: expected[key][name] for name in sums}, (one, key)
            seen |= {(key[0], name) for name, minor in sums.items() if minor}
        approved = await settlement.approve_period(
            world.office, actor=world.operator(client="approver"), label=one.label,
            calendar=one.calendar, now=world.now,
        )  # fmt: skip
        settled = {
            (terms.partner(at.partner_id).code, at.net.currency): at.settled.minor
            for at in approved.positions
            if at.partner_id is not None
        }
        assert settled == {
            key: _in_euros(sums["payable"], key[1]) for key, sums in found.items()
        }, one
        assert {at.settled.currency for at in approved.positions} <= {"EUR"}
        assert sum(at.settled.minor for at in approved.positions) == 0
        for currency in {key[1] for key in found}:
            assert sum(
                at.amount.minor for at in approved.positions if at.net.currency == currency
            ) == 0, (one, currency)  # fmt: skip
    # Nothing of this is proven by months in which it did not happen.
    assert {name for _, name in seen} == set(SUMS)
    assert {("cho", "breakage"), ("alm", "fees"), ("eik", "issued")} <= seen
    await assert_books_balance(world)
