"""Exchange rates of a source and a day: kept, found, never changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.access import Actor, Scope
from coalition.kit.amounts import NotMoney, exponent_of
from coalition.kit.text import clean
from coalition.partners import Office
from coalition.settlement.errors import FxRateDiffers, FxRateMissing, FxRateNotValid
from coalition.settlement.fx import FxRate
from coalition.settlement.office import require_operator
from coalition.settlement.records import fx_rate

MOST_RATES = 10_000
_DECIMALS = 10
_LARGEST = Decimal(10) ** 10


@dataclass(frozen=True, slots=True)
class GivenRate:
    """One unit of `base` is `rate` of `quote` on a day."""

    on_date: date
    base: str
    quote: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class LoadedRates:
    loaded: int
    known: int


async def load_rates(
    office: Office, *, actor: Actor, source: str, rates: Sequence[GivenRate], dry_run: bool = False
) -> LoadedRates:
    """Keep rates, all or nothing. The same again changes nothing.

    Raises `NotAllowed`, `FxRateNotValid`, `FxRateDiffers`.
    """
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    source = clean(source, ("source",), longest=60)
    check_rates(rates)
    rows = await office.database.call(
        "load_rates", source, [one.on_date for one in rates], [one.base for one in rates],
        [one.quote for one in rates], [one.rate for one in rates], dry_run, actor.client_id,
    )  # fmt: skip
    for row in rows:
        if row["outcome"] == "FX_RATE_DIFFERS":
            one = rates[row["place"] - 1]
            raise FxRateDiffers(
                f"{source} has {one.base}/{one.quote} at {row['known'].normalize():f} for"
                f" {one.on_date}, not {one.rate}. Nothing was loaded.",
                field=("rates", str(row["place"] - 1)),
            )
    loaded = sum(row["outcome"] == "LOADED" for row in rows)
    return LoadedRates(loaded, len(rows) - loaded)


async def rates_into(
    connection: AsyncConnection,
    *,
    source: str | None,
    on_date: date,
    currency: str,
    others: Collection[str],
) -> dict[str, FxRate]:
    """The rate between each of `others` and `currency`, in whichever direction it is kept.

    Raises `FxRateMissing`, which names every pair that is missing.
    """
    wanted = sorted(set(others) - {currency})
    if not wanted:
        return {}
    rows = await connection.execute(
        sa.select(fx_rate)
        .where(
            fx_rate.c.source == (source or ""),
            fx_rate.c.on_date == on_date,
            sa.or_(
                sa.and_(fx_rate.c.base == currency, fx_rate.c.quote.in_(wanted)),
                sa.and_(fx_rate.c.quote == currency, fx_rate.c.base.in_(wanted)),
            ),
        )
        # Where both directions are kept, the one from the currency of the netting holds.
        .order_by(sa.case((fx_rate.c.base == currency, 1), else_=0))
    )
    found = {
        row.quote if row.base == currency else row.base: FxRate(
            row.id, row.source, row.on_date, row.base, row.quote, row.rate
        )
        for row in rows
    }
    missing = [other for other in wanted if other not in found]
    if missing:
        pairs = ", ".join(f"{currency}/{other}" for other in missing)
        raise FxRateMissing(
            f"There is no rate of {source or 'any source'} for {pairs} on {on_date}. Load it:"
            " coalition settlement rates load FILE.",
            field=("label",),
        )
    return found


def check_rates(rates: Sequence[GivenRate]) -> None:
    """Raises `FxRateNotValid`, `FxRateDiffers` when one contradicts another."""
    if not 1 <= len(rates) <= MOST_RATES:
        raise FxRateNotValid(
            f"1 to {MOST_RATES} rates at once, not {len(rates)}.", field=("rates",)
        )
    seen: dict[tuple[date, str, str], Decimal] = {}
    for place, one in enumerate(rates):
        field = ("rates", str(place))
        for code in (one.base, one.quote):
            try:
                exponent_of(code)
            except NotMoney as error:
                raise FxRateNotValid(str(error), field=field) from None
        if one.base == one.quote:
            raise FxRateNotValid(f"{one.base}/{one.quote} is no pair.", field=field)
        exponent = one.rate.as_tuple().exponent
        if (
            not one.rate.is_finite()
            or not 0 < one.rate < _LARGEST
            or (isinstance(exponent, int) and -exponent > _DECIMALS)
        ):
            raise FxRateNotValid(
                f"{one.base}/{one.quote} at {one.rate}: a rate is above zero and has at most"
                f" {_DECIMALS} decimals.",
                field=field,
            )
        if seen.setdefault((one.on_date, one.base, one.quote), one.rate) != one.rate:
            raise FxRateDiffers(
                f"{one.base}/{one.quote} stands twice for {one.on_date}, at two rates.",
                field=field,
            )
