"""The coalition buys currency for what its pool lacks: the difference to the book is its own."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from coalition.access import Actor, Scope
from coalition.kit.amounts import Money
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.database import EVERYTHING
from coalition.ledger import Period
from coalition.partners import Office
from coalition.settlement.approve_period import last_day_of
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.errors import FxRateNotValid, NothingToExchange, PeriodNotReady
from coalition.settlement.figures import pool_at
from coalition.settlement.fx import FxRate, converted
from coalition.settlement.gates import known_period
from coalition.settlement.office import require_operator
from coalition.settlement.rates import GivenRate, check_rates, rates_into
from coalition.settlement.records import fx_exchange
from coalition.settlement.treasury import Fund, Need, fund_in, needs

OPERATION = "recordExchange"


@dataclass(frozen=True, slots=True)
class ExchangeRequest:
    """`currency` was bought for the programme's own at `rate`, said as the bank says it: one unit
    of `base` is `rate` of the other one of the two.
    """

    idempotency_key: str
    label: str
    currency: str
    base: str
    rate: Decimal
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """`sold` is what the bank took, `booked` what it is worth in the books; above zero the
    difference is a loss.
    """

    bought: Money
    booked: Money
    sold: Money
    replayed: bool

    @property
    def loss(self) -> Money:
        return Money(self.sold.minor - self.booked.minor, self.sold.currency)


@dataclass(frozen=True, slots=True)
class Treasury:
    """The pool by currency before a period and by what moved in it, in the programme's currency
    at the rates of the cut-off, what was exchanged for it since, and what it still lacks.
    """

    before: dict[str, Money]
    moved: dict[str, Money]
    fund: Fund
    needs: tuple[Need, ...]
    exchanged: dict[str, Money]


async def treasury_of(office: Office, *, actor: Actor, period: Period) -> Treasury:
    """Raises `NotAllowed`, `FxRateMissing`."""
    require_operator(actor, Scope.OPERATOR_READ, Scope.SETTLEMENT_CLOSE, Scope.SETTLEMENT_APPROVE)
    programme = (await office.terms()).programme
    async with office.database.reading(EVERYTHING) as connection:
        pool = await pool_at(connection, period)
        before, moved = pool.before, pool.moved
        rates = await rates_into(
            connection,
            source=programme.fx_source,
            on_date=last_day_of(period),
            currency=programme.currency,
            others={*before, *moved},
        )
    return Treasury(
        {one: Money(minor, one) for one, minor in sorted(before.items())},
        {one: Money(minor, one) for one, minor in sorted(moved.items())},
        fund_in(before, moved, programme.currency, rates),
        tuple(needs(before, _together(moved, pool.exchanged), programme.currency, rates)),
        {one: Money(minor, one) for one, minor in sorted(pool.exchanged.items())},
    )


async def record_exchange(
    office: Office,
    *,
    actor: Actor,
    request: ExchangeRequest,
    now: datetime,
    dry_run: bool = False,
) -> Exchange:
    """Post what was bought and what it cost.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `FxRateMissing`, `FxRateNotValid`,
    `NothingToExchange`, `IdempotencyKeyReused`.
    """
    del now  # the database's clock says when: nobody may date an exchange
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    terms = await office.terms()
    of = calendar_asked(terms, actor, request.calendar)
    period = await known_period(office, of, request.label)
    claim = claim_of("operator", OPERATION, request.idempotency_key)
    fingerprint = hash_of_request(
        request.label, of.name, request.currency, request.base, f"{request.rate.normalize():f}"
    )
    earlier = await _earlier(office, claim, fingerprint, request.idempotency_key)
    if earlier is not None:
        return earlier
    own = terms.programme.currency
    treasury = await treasury_of(office, actor=actor, period=period)
    need = next((one for one in treasury.needs if one.needed.currency == request.currency), None)
    if need is None:
        raise NothingToExchange(
            f"The pool lacks no {request.currency} after {request.label}.", field=("currency",)
        )
    if need.booked.minor <= 0:
        raise NothingToExchange(
            f"The {need.needed} that the pool lacks after {request.label} are worth nothing in"
            f" {own}: buy them with what it lacks after a later period.",
            field=("currency",),
        )
    sold = converted(need.needed, own, _executed(request, own, need.rate))
    if sold.minor <= 0:
        raise FxRateNotValid(f"At {request.rate} nothing would be paid.", field=("rate",))
    known = treasury.exchanged.get(request.currency)
    (row,) = await office.database.call(
        "record_exchange", claim, fingerprint, period.id, request.currency, need.needed.minor, own,
        need.booked.minor, sold.minor, need.rate.id, request.rate, known.minor if known else 0,
        dry_run, *actor.signature,
    )  # fmt: skip
    outcome: str = row["outcome"]
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        raise reused(request.idempotency_key)
    if outcome == "CHANGED":
        raise NothingToExchange(
            f"Somebody has just bought {request.currency} for {request.label}.",
            field=("currency",),
        )
    if outcome not in {"EXCHANGED", "REPLAYED"}:
        raise PeriodNotReady(
            f"{request.label} is {outcome}: currency is bought for a netting that is final.",
            field=("label",),
        )
    return Exchange(need.needed, need.booked, sold, replayed=outcome == "REPLAYED")


def _together(one: Counter[str], other: Counter[str]) -> dict[str, int]:
    """The sum, below zero too, where adding counters would leave those out."""
    return {currency: one[currency] + other[currency] for currency in one.keys() | other.keys()}


async def _earlier(office: Office, claim: UUID, fingerprint: UUID, key: str) -> Exchange | None:
    """What the key was used for before. Raises `IdempotencyKeyReused`."""
    async with office.database.reading(EVERYTHING) as connection:
        query = sa.select(fx_exchange).where(fx_exchange.c.claim == claim)
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.request_hash != fingerprint:
        raise reused(key)
    return Exchange(
        Money(row.bought, row.bought_currency),
        Money(row.booked, row.sold_currency),
        Money(row.sold, row.sold_currency),
        replayed=True,
    )


def _executed(request: ExchangeRequest, own: str, booked: FxRate) -> FxRate:
    """The bank's rate, as a rate of that pair."""
    pair = {request.currency, own}
    if request.base not in pair:
        raise FxRateNotValid(
            f"base must be {own} or {request.currency}, not {request.base}.", field=("base",)
        )
    (quote,) = pair - {request.base}
    check_rates([GivenRate(booked.on_date, request.base, quote, request.rate)])
    return FxRate(0, "bank", booked.on_date, request.base, quote, request.rate)
