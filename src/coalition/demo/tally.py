"""The demo's own books: what the server answered, added up apart from the server's code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

_CENT = Decimal("0.01")
_REDEEMED = {"REDEMPTION", "REDEMPTION_REVERSAL"}


@dataclass(frozen=True, slots=True)
class Prices:
    """A brand's agreement from `valid_from`: money per point."""

    valid_from: datetime
    issue: Decimal
    redeem: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of statement line under one agreement: at its price, since when it holds. `original`
    is the month that it takes back from, when that is another one.
    """

    month: str
    brand: str
    kind: str
    price: Decimal
    since: datetime
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """A statement as the operator was answered; points of its lines are signed."""

    month: str
    brand: str
    points: dict[Line, int]
    issued: Decimal
    redeemed: Decimal
    net: Decimal


@dataclass(slots=True)
class Tally:
    """`points` per line of a statement, signed as there."""

    points: Counter[Line] = field(default_factory=Counter)

    def awarded(self, at: datetime, brand: str, prices: Prices, points: int) -> None:
        self._add(at, brand, "ISSUANCE", prices, prices.issue, points)

    def reversed(
        self, at: datetime, brand: str, prices: Prices, *, bought_at: datetime, points: int,
        borne: int, by_issuer: bool,
    ) -> None:  # fmt: skip
        """`points` in all went back at the price of the award; `borne` of them were spent."""
        self._add(at, brand, "ISSUANCE_REVERSAL", prices, prices.issue, -points, bought_at)
        price = prices.issue if by_issuer else Decimal(0)
        self._add(at, brand, "SHORTFALL", prices, price, borne, bought_at)

    def redeemed(self, at: datetime, brand: str, prices: Prices, points: int) -> None:
        self._add(at, brand, "REDEMPTION", prices, prices.redeem, points)

    def refunded(
        self, at: datetime, brand: str, prices: Prices, points: int, *, spent_at: datetime
    ) -> None:
        """At the price of the redemption."""
        self._add(at, brand, "REDEMPTION_REVERSAL", prices, prices.redeem, -points, spent_at)

    def total(self, kind: str, months: Iterable[str]) -> int:
        wanted = set(months)
        return sum(
            points
            for line, points in self.points.items()
            if line.kind == kind and line.month in wanted
        )

    def net(self, month: str, brand: str) -> tuple[Decimal, Decimal, Decimal]:
        """Issued, redeemed and net, each kind and price rounded once, half to even."""
        issued = redeemed = Decimal(0)
        for line, points in self.points.items():
            if (line.month, line.brand) != (month, brand):
                continue
            money = (points * line.price).quantize(_CENT, rounding=ROUND_HALF_EVEN)
            if line.kind in _REDEEMED:
                redeemed += money
            else:
                issued += money
        return issued, redeemed, issued - redeemed

    def differences(self, bills: Sequence[Bill]) -> list[str]:
        """Where statements and tally disagree, in words; none when they agree to the cent."""
        billed: Counter[Line] = Counter()
        found = []
        for bill in bills:
            billed.update(bill.points)
            own = self.net(bill.month, bill.brand)
            theirs = (bill.issued, bill.redeemed, bill.net)
            if own != theirs:
                found.append(
                    f"{bill.month} {bill.brand}: issued, redeemed, net {_spoken(theirs)},"
                    f" the demo's tally says {_spoken(own)}"
                )
        months = {bill.month for bill in bills}
        for line in sorted({*billed, *self.points}, key=str):
            own_points = self.points[line] if line.month in months else 0
            if billed[line] != own_points:
                found.append(
                    f"{line.month} {line.brand}, {line.kind} at {line.price}: {billed[line]}"
                    f" points, the demo's tally says {own_points}"
                )
        return found

    def _add(
        self, at: datetime, brand: str, kind: str, prices: Prices, price: Decimal, points: int,
        taken_back_from: datetime | None = None,
    ) -> None:  # fmt: skip
        month = f"{at:%Y-%m}"
        original = None if taken_back_from is None else f"{taken_back_from:%Y-%m}"
        if points:
            line = Line(
                month, brand, kind, price.normalize(), prices.valid_from,
                None if original == month else original,
            )  # fmt: skip
            self.points[line] += points


def prices_at(prices: Sequence[Prices], instant: datetime) -> Prices:
    """The latest that had begun; `prices` are in the order of time."""
    return [one for one in prices if one.valid_from <= instant][-1]


def _spoken(amounts: Iterable[Decimal]) -> str:
    return " / ".join(map(str, amounts))
