"""Who pays whom for a period, from its statements. Pure arithmetic.

Above zero a position is paid by the partner, below zero to it. Per currency, all positions and the
pool's side sum to nothing. In one currency each position is converted at the rate of the cut-off
and rounded once; the pool takes over what was owed in the other currencies, at the same rate, and
what rounding leaves between the two is posted by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coalition.kit.amounts import Money
from coalition.ledger.chart import MoneyAccount
from coalition.settlement.fx import FxRate, converted


@dataclass(frozen=True, slots=True)
class Owed:
    """What one statement says: `net` before and `vat` on top, and all that is billed by either
    side before anything is netted. `held` minor units of it are disputed and left out of what is
    paid now; below zero they were left out before and are put back.
    """

    partner_id: int
    net: Money
    vat: Money
    billed: Money
    held: int = 0


@dataclass(frozen=True, slots=True)
class Movement:
    """One money entry of a netting."""

    debit: MoneyAccount
    credit: MoneyAccount
    amount: Money


@dataclass(frozen=True, slots=True)
class Position:
    """Of a partner, or (None) the pool's side, in one currency; `settled` is what is paid for it
    less what is `held` back, in the currency that the netting is in.
    """

    partner_id: int | None
    net: Money
    vat: Money
    billed: Money
    settled: Money
    rate: FxRate | None
    movements: tuple[Movement, ...]
    held: int = 0

    @property
    def amount(self) -> Money:
        """What the statement says, whatever of it is held back."""
        return Money(self.net.minor + self.vat.minor, self.net.currency)


@dataclass(frozen=True, slots=True)
class CurrencyPosition:
    """One currency's side of a netting. `nets` by partner; `pool` is what the pool is left with."""

    currency: str
    nets: dict[int, Money]
    pool: Money
    billed: Money

    @property
    def compression(self) -> Decimal:
        """1 - what is paid net / what is billed gross: the part of payments netting saves."""
        if self.billed.minor == 0:
            return Decimal(0)
        paid = sum(abs(net.minor) for net in self.nets.values())
        return 1 - Decimal(paid) / Decimal(self.billed.minor)

    @property
    def payments(self) -> int:
        """How many of the partners have something to pay or to be paid."""
        return sum(1 for net in self.nets.values() if net.minor)


def positions(owed: Iterable[Owed]) -> list[CurrencyPosition]:
    """Before VAT, per currency; currencies in their own order."""
    by_currency: dict[str, list[Owed]] = {}
    for one in owed:
        by_currency.setdefault(one.net.currency, []).append(one)
    return [_together(currency, own) for currency, own in sorted(by_currency.items())]


def positions_in(
    owed: Iterable[Owed], currency: str, rates: Mapping[str, FxRate]
) -> CurrencyPosition:
    """Before VAT, all in one currency. `rates` by the other currency."""

    def there(money: Money) -> Money:
        if money.currency == currency:
            return money
        return converted(money, currency, rates[money.currency])

    return _together(
        currency,
        [Owed(o.partner_id, there(o.net), there(o.vat), there(o.billed)) for o in owed],
    )


def totals_of(found: Iterable[Position]) -> list[CurrencyPosition]:
    """A netting's positions together, before VAT: per currency, or in the one it is settled in."""
    partners = [one for one in found if one.partner_id is not None]
    into = {one.settled.currency for one in partners}
    rates = {one.net.currency: one.rate for one in partners if one.rate is not None}
    owed = [
        Owed(one.partner_id, one.net, one.vat, one.billed)
        for one in partners
        if one.partner_id is not None
    ]
    if rates and len(into) == 1:
        return [positions_in(owed, into.pop(), rates)]
    return positions(owed)


def netted(
    owed: Sequence[Owed], currency: str | None = None, rates: Mapping[str, FxRate] | None = None
) -> list[Position]:
    """Every partner's position and the pool's side in each currency; in `currency` they are all
    settled in that one, at `rates` by the other currency.
    """
    found: list[Position] = []
    for one in sorted({o.net.currency for o in owed}):
        into = one if currency is None else currency
        rate = None if into == one else (rates or {})[one]
        own = sorted((o for o in owed if o.net.currency == one), key=lambda o: o.partner_id)
        partners = [_position(o, into, rate) for o in own]
        found += [*partners, _pools_side(one, into, rate, partners)]
    return found


def _together(currency: str, owed: Iterable[Owed]) -> CurrencyPosition:
    nets: dict[int, int] = {}
    billed = 0
    for one in owed:
        nets[one.partner_id] = nets.get(one.partner_id, 0) + one.net.minor
        billed += one.billed.minor
    return CurrencyPosition(
        currency=currency,
        nets={partner_id: Money(net, currency) for partner_id, net in nets.items()},
        pool=Money(-sum(nets.values()), currency),
        billed=Money(billed, currency),
    )


def _position(owed: Owed, into: str, rate: FxRate | None) -> Position:
    amount = Money(owed.net.minor + owed.vat.minor - owed.held, owed.net.currency)
    settled = amount if rate is None else converted(amount, into, rate)
    movements = [] if rate is None else [*_closed(amount), *_opened(settled)]
    return Position(
        owed.partner_id, owed.net, owed.vat, owed.billed, settled, rate, tuple(movements), owed.held
    )


def _pools_side(
    currency: str, into: str, rate: FxRate | None, partners: Sequence[Position]
) -> Position:
    net = Money(-sum(one.net.minor for one in partners), currency)
    vat = Money(-sum(one.vat.minor for one in partners), currency)
    held = -sum(one.held for one in partners)
    settled = Money(-sum(one.settled.minor for one in partners), into)
    movements: list[Movement] = []
    if rate is not None:
        whole = converted(Money(net.minor + vat.minor - held, currency), into, rate)
        movements += _rounded(Money(settled.minor - whole.minor, into))
    return Position(None, net, vat, Money(0, currency), settled, rate, tuple(movements), held)


def _closed(amount: Money) -> Iterable[Movement]:
    """What a partner owed or was owed in its currency becomes the pool's."""
    if amount.minor > 0:
        yield Movement(MoneyAccount.POOL, MoneyAccount.RECEIVABLE, amount)
    elif amount.minor < 0:
        yield Movement(MoneyAccount.PAYABLE, MoneyAccount.POOL, _positive(amount))


def _opened(settled: Money) -> Iterable[Movement]:
    """And is owed in the currency of the netting instead."""
    if settled.minor > 0:
        yield Movement(MoneyAccount.RECEIVABLE, MoneyAccount.POOL, settled)
    elif settled.minor < 0:
        yield Movement(MoneyAccount.POOL, MoneyAccount.PAYABLE, _positive(settled))


def _rounded(left: Money) -> Iterable[Movement]:
    """What converting each by itself leaves, against converting them together: so the pool moves
    by exactly what it has taken over.
    """
    if left.minor > 0:
        yield Movement(MoneyAccount.ROUNDING, MoneyAccount.POOL, left)
    elif left.minor < 0:
        yield Movement(MoneyAccount.POOL, MoneyAccount.ROUNDING, _positive(left))


def _positive(money: Money) -> Money:
    return Money(abs(money.minor), money.currency)
