"""What a coalition's periods must come to, worked out a second time: from what was done at the
tills, in fractions, with dates and prices as the partners' file says them. Knows nothing of the
code's lines, periods, rounding or netting.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

MINOR = {"JPY": 1, "EUR": 100, "GBP": 100, "USD": 100, "KWD": 1000}
HALF = Fraction(1, 2)


def nearest(number: Fraction) -> int:
    """The nearest whole number, of two the even one."""
    below = number.numerator // number.denominator
    rest = number - below
    return below + (rest > HALF or (rest == HALF and below % 2 == 1))


@dataclass(frozen=True)
class Card:
    """A rate card from a day on; `vat`: (on what is issued, on what is redeemed)."""

    starts: date
    issue: Fraction
    redeem: Fraction
    earns: Fraction
    fee: Fraction = Fraction(0)
    breakage: Fraction = Fraction(0)
    at_once: Fraction = Fraction(1)
    vat: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))


@dataclass(frozen=True)
class House:
    """A brand; `cards` from the oldest on. `prepaid`: its packs pay for all that it gives."""

    code: str
    currency: str
    length: str
    zone: ZoneInfo
    cards: tuple[Card, ...]
    prepaid: bool = False

    @property
    def calendar(self) -> str:
        return f"{self.length}@{self.zone.key}"


@dataclass
class Lot:
    house: House
    card: Card
    left: int
    earned: datetime
    ends: date
    place: int


@dataclass
class Gift:
    """An award that may be returned: its lots, each with the label of the period it is in."""

    member: str
    at: datetime
    parts: list[tuple[Lot, int, str, str | None]]


@dataclass
class Spending:
    member: str
    house: House
    card: Card
    points: int
    label: str
    parts: list[tuple[Lot, int]]


Key = tuple[object, ...]


@dataclass
class Model:
    """`booked`: per (calendar, label) and brand, what a line is about and its points."""

    houses: Mapping[str, House]
    programme_zone: ZoneInfo
    months: int
    grace: int
    closed: set[tuple[str, str]] = field(default_factory=set)
    lots: dict[str, list[Lot]] = field(default_factory=lambda: defaultdict(list))
    booked: dict[tuple[str, str], dict[str, Counter[Key]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    adjusted: dict[tuple[str, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    _numbers: int = 0

    # What happens at the tills

    def give(self, member: str, house: House, at: datetime, amount: str) -> Gift:
        card = self._card(house, at)
        points = int(Fraction(amount) * card.earns)
        return self._given(member, at, [(house, points)], None)

    def give_together(
        self, member: str, at: datetime, points: int, shares: Mapping[str, int], code: str
    ) -> Gift:
        """By the largest remainder; equal ones in the order of the brands."""
        whole = sum(shares.values())
        own = {one: points * share // whole for one, share in shares.items()}
        rests = sorted(shares, key=lambda one: -(points * shares[one] % whole))
        for one in rests[: points - sum(own.values())]:
            own[one] += 1
        return self._given(
            member, at, [(self.houses[one], part) for one, part in own.items() if part], code
        )

    def bring_back(self, gift: Gift, at: datetime) -> None:
        """All of it; nothing of it was spent."""
        for lot, points, first, code in gift.parts:
            label = self._label(lot.house, at)
            original = None if label == first else first
            key = ("ISSUANCE_REVERSAL", lot.card, None, original, None)
            self._book(lot.house, label, key, -points)
            lot.left -= points
            self._pack(lot, label, -points)
            del code

    def spend(self, member: str, house: House, at: datetime, points: int) -> Spending:
        card, label = self._card(house, at), self._label(house, at)
        self._book(house, label, ("REDEMPTION", card, None, None, None), points)
        today = at.astimezone(self.programme_zone).date()
        parts, missing = [], points
        for lot in sorted(self.lots[member], key=lambda one: (one.ends, one.earned, one.place)):
            part = min(missing, lot.left) if lot.ends >= today else 0
            if part:
                lot.left -= part
                missing -= part
                parts.append((lot, part))
                self._owe(lot, house, card, at, part, None)
        assert missing == 0
        return Spending(member, house, card, points, label, parts)

    def refund(self, spent: Spending, at: datetime) -> None:
        """All of it, into the lots that it came from."""
        self._end(self.lots[spent.member], at)
        label = self._label(spent.house, at)
        original = None if label == spent.label else spent.label
        key = ("REDEMPTION_REVERSAL", spent.card, None, original, None)
        self._book(spent.house, label, key, -spent.points)
        today = at.astimezone(self.programme_zone).date()
        for lot, part in spent.parts:
            lot.left += part
            if lot.ends < today:
                lot.ends = today + timedelta(days=self.grace)
            self._owe(lot, spent.house, spent.card, at, -part, original)

    def end_points(self, at: datetime) -> int:
        return sum(self._end(lots, at) for lots in self.lots.values())

    def buy_pack(self, house: House, label: str, minor: int) -> None:
        self._book(house, label, ("PACK", house.cards[0], None, None, None), minor)

    def adjust(self, house: House, at: datetime, minor: int) -> None:
        self.adjusted[house.calendar, self._label(house, at)][house.code] += minor

    # What a period comes to

    def statements(self, calendar: str, label: str) -> dict[tuple[str, str], Counter[str]]:
        """Sums in minor units by (brand, currency)."""
        found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        bases: Counter[tuple[str, str, str, Fraction]] = Counter()
        for code, lines in self.booked[calendar, label].items():
            house = self.houses[code]
            for key, points in lines.items():
                for currency, total, amount, side, rate in _amounts(house, key, points):
                    found[code, currency][total] += amount
                    if side:
                        signed = -amount if total == "breakage" else amount
                        bases[code, currency, side, rate] += signed
        for code, minor in self.adjusted[calendar, label].items():
            house = self.houses[code]
            found[code, house.currency]["adjusted"] += minor
            rate = house.cards[-1].vat[0]
            bases[code, house.currency, "issuance", rate] -= minor
        for (code, currency, side, rate), base in bases.items():
            found[code, currency][f"vat {side}"] += nearest(base * rate)
        for sums in found.values():
            sums["net"] = (
                sums["issued"] + sums["fees"] - sums["redeemed"] - sums["breakage"]
                - sums["adjusted"]
            )  # fmt: skip
            sums["payable"] = sums["net"] + sums["vat issuance"] - sums["vat redemption"]
        return found

    # Inside

    def _given(
        self, member: str, at: datetime, parts: Iterable[tuple[House, int]], code: str | None
    ) -> Gift:
        made = []
        for house, points in parts:
            self._numbers += 1
            ends = _months_on(at.astimezone(self.programme_zone).date(), self.months)
            lot = Lot(house, self._card(house, at), points, at, ends, self._numbers)
            self.lots[member].append(lot)
            label = self._label(house, at)
            kind = "ISSUANCE" if code is None else "PROMOTION_ISSUANCE"
            self._book(house, label, (kind, lot.card, code, None, None), points)
            self._pack(lot, label, points)
            made.append((lot, points, label, code))
        return Gift(member, at, made)

    def _end(self, lots: list[Lot], at: datetime) -> int:
        today, ended = at.astimezone(self.programme_zone).date(), 0
        for lot in lots:
            if lot.left and lot.ends < today:
                label = self._label(lot.house, at)
                self._book(lot.house, label, ("BREAKAGE", lot.card, None, None, None), lot.left)
                ended += lot.left
                lot.left = 0
        return ended

    def _owe(
        self, lot: Lot, house: House, card: Card, at: datetime, points: int, original: str | None
    ) -> None:
        """The part of the redeemer's price that the issuer pays only now."""
        if lot.card.at_once < 1:
            kind = "OWN_REDEEMED" if points > 0 else "OWN_REFUNDED"
            key = (kind, lot.card, house.code, original, card.redeem)
            self._book(lot.house, self._label(lot.house, at), key, points)

    def _pack(self, lot: Lot, label: str, points: int) -> None:
        if lot.house.prepaid:
            self._book(lot.house, label, ("PACK_USED", lot.card, None, None, None), points)

    def _book(self, house: House, label: str, key: Key, points: int) -> None:
        self.booked[house.calendar, label][house.code][key] += points

    def _card(self, house: House, at: datetime) -> Card:
        """In force then: cards start at the programme's midnight."""
        today = at.astimezone(self.programme_zone).date()
        return next(one for one in reversed(house.cards) if one.starts <= today)

    def _label(self, house: House, at: datetime) -> str:
        """Its own period while that is open, else the next open one."""
        day = at.astimezone(house.zone).date()
        while (house.calendar, label_of(house.length, day)) in self.closed:
            day = _first_day_after(house.length, day)
        return label_of(house.length, day)


def _amounts(house: House, key: Key, points: int) -> Iterable[tuple[str, str, int, str, Fraction]]:
    """(currency, which sum, minor units, which document, its VAT rate) of a line."""
    kind, card, redeemer, _, price = key
    assert isinstance(card, Card)
    unit = MINOR[house.currency]
    issuance, redemption = card.vat
    match kind:
        case "ISSUANCE" | "PROMOTION_ISSUANCE" | "ISSUANCE_REVERSAL":
            due = nearest(points * card.issue * card.at_once * unit)
            yield house.currency, "issued", due, "issuance", issuance
            if card.fee:
                yield (
                    house.currency,
                    "fees",
                    nearest(points * card.fee * unit),
                    "issuance",
                    issuance,
                )
        case "REDEMPTION" | "REDEMPTION_REVERSAL":
            due = nearest(points * card.redeem * unit)
            yield house.currency, "redeemed", due, "redemption", redemption
        case "BREAKAGE":
            share = card.breakage * card.at_once
            due = nearest(points * card.issue * share * unit)
            yield house.currency, "breakage", due, "issuance", issuance
        case "PACK":
            yield house.currency, "issued", points, "issuance", issuance
        case "PACK_USED":
            due = nearest(points * card.issue * card.at_once * unit)
            yield house.currency, "issued", -due, "issuance", issuance
        case _:
            assert isinstance(price, Fraction)
            currency = CURRENCY_OF[str(redeemer)]
            due = nearest(points * price * (1 - card.at_once) * MINOR[currency])
            yield currency, "issued", due, "issuance", issuance


CURRENCY_OF: dict[str, str] = {}


def label_of(length: str, day: date) -> str:
    if length == "weekly":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if length == "quarterly":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return f"{day.year}-{day.month:02}"


def _first_day_after(length: str, day: date) -> date:
    label = label_of(length, day)
    while label_of(length, day) == label:
        day += timedelta(days=1)
    return day


def _months_on(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)
