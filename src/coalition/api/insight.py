"""Money at a glance: liability, coverage, revenue, concentration, forecast."""

from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry

from coalition import insight
from coalition.access import Scope
from coalition.api.arguments import AsOf, InCalendar
from coalition.api.context import Info
from coalition.api.liability import GLANCES, Coverage, Liability, RedemptionRateSource
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money

_OFFICE = seen_by(Scope.OPERATOR_READ, kinds=OPERATORS)
RemainingRate = Annotated[
    Decimal | None,
    strawberry.argument(
        description='The share of the outstanding points that will be spent, like "0.85"; absent:'
        " by the rate that the partners' file says for all points issued, or else estimated."
    ),
]
UltimateRate = Annotated[
    Decimal | None,
    strawberry.argument(
        description="The share of all points issued that will be spent; absent: as the partners'"
        " file says, or else estimated."
    ),
]
OfPeriod = Annotated[
    str | None, strawberry.argument(description='The label of one period, like "2017-01".')
]


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(
    description="What an issuer has paid for points and the coalition has not earned yet, through a"
    " period: opening + issued - onRedemption - asBreakage - givenBack = closing."
)
class ContractLiability:
    opening: MoneyType = strawberry.field(description="Not earned before the period.")
    issued: MoneyType = strawberry.field(
        description="What was paid for points given, returns taken off: the part for the points."
    )
    on_redemption: MoneyType = strawberry.field(description="Earned as points were spent.")
    as_breakage: MoneyType = strawberry.field(
        description="Earned in step with that, of points that will never be spent; what a change"
        " of what is expected catches up, too."
    )
    recognised: MoneyType = strawberry.field(description="onRedemption + asBreakage.")
    given_back: MoneyType = strawberry.field(
        description="The issuer's share of what it paid for points that ended."
    )
    closing: MoneyType = strawberry.field(description="Not earned after the period.")
    at_once: MoneyType = strawberry.field(
        description="Earned when points were given: the part of the price for the service."
    )
    issuer_id: strawberry.Private[int]

    @strawberry.field(description="Who paid.")
    def issuer(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.issuer_id)

    @classmethod
    def of(cls, row: insight.RevenueRow) -> "ContractLiability":
        return cls(
            issuer_id=row.issuer_id,
            opening=MoneyType.of(row.opening),
            issued=MoneyType.of(row.issued),
            on_redemption=MoneyType.of(row.on_redemption),
            as_breakage=MoneyType.of(row.as_breakage),
            recognised=MoneyType.of(row.recognised),
            given_back=MoneyType.of(row.given_back),
            closing=MoneyType.of(row.closing),
            at_once=MoneyType.of(row.at_once),
        )


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(description="The contract liability through a period (IFRS 15, ASC 606).")
class PeriodRevenue:
    label: str = strawberry.field(description='Which period, like "2017-01".')
    calendar: str = strawberry.field(description="Of which calendar.")
    rate_source: RedemptionRateSource = strawberry.field(
        description="Where the share comes from that is expected to be spent."
    )
    rows: list[ContractLiability] = strawberry.field(description="By issuer.")

    @classmethod
    def of(cls, found: insight.PeriodRevenue) -> "PeriodRevenue":
        return cls(
            label=found.period.label,
            calendar=found.period.calendar,
            rate_source=RedemptionRateSource(found.source.value),
            rows=[ContractLiability.of(one) for one in found.rows],
        )


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(description="A brand's part of all points that were given, or spent.")
class ConcentrationShare:
    points: Points = strawberry.field(description="Its points; returns and refunds taken off.")
    share: Decimal = strawberry.field(description="Of all.")
    partner_id: strawberry.Private[int]

    @strawberry.field(description="Which brand.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_id)


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(description="How much lies with few brands.")
class ConcentrationIndex:
    index: int = strawberry.field(
        description="Herfindahl and Hirschman's: the sum of the squared shares x 10,000."
    )
    shares: list[ConcentrationShare] = strawberry.field(description="The largest first.")

    @classmethod
    def of(cls, found: insight.Concentration) -> "ConcentrationIndex":
        return cls(
            index=found.index,
            shares=[
                ConcentrationShare(
                    partner_id=brand,
                    points=Points(points),
                    share=insight.as_decimal(found.share(brand)),
                )
                for brand, points in sorted(found.points.items(), key=lambda one: (-one[1], one[0]))
            ],
        )


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(description="How much of all giving and spending lies with few brands.")
class Concentration:
    issued: ConcentrationIndex = strawberry.field(description="Of points that were given.")
    redeemed: ConcentrationIndex = strawberry.field(description="Of points that were spent.")
    alert: int = strawberry.field(description="An index above it is told.")
    above_alert: bool = strawberry.field(description="Whether one of the two is above it.")


@strawberry.enum(description="How a figure was forecast.")
class ForecastMethod(Enum):
    AVERAGE = strawberry.enum_value("AVERAGE", description="The mean of the ended periods.")
    DRIFT = strawberry.enum_value(
        "DRIFT", description="The last ended period, and the mean change from one to the next."
    )
    SEASONAL = strawberry.enum_value("SEASONAL", description="The same period a year before.")


@shown_to(*GLANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Points that a period will bring.")
class PointsForecast:
    method: ForecastMethod = strawberry.field(description="Which method was nearest so far.")
    expected: Points = strawberry.field(description="The likeliest figure.")
    low: Points = strawberry.field(description="In 19 of 20 cases not below this ...")
    high: Points = strawberry.field(description="... and not above this.")

    @classmethod
    def of(cls, found: insight.Forecast | None) -> "PointsForecast | None":
        if found is None:
            return None
        return cls(
            method=ForecastMethod(found.method.value),
            expected=Points(found.expected),
            low=Points(found.low),
            high=Points(found.high),
        )


@shown_to(*GLANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What a period will come to; above zero the brand pays.")
class NetForecast:
    method: ForecastMethod = strawberry.field(description="Which method was nearest so far.")
    expected: MoneyType = strawberry.field(description="The likeliest amount.")
    low: MoneyType = strawberry.field(description="In 19 of 20 cases not below this ...")
    high: MoneyType = strawberry.field(description="... and not above this.")

    @classmethod
    def of(cls, found: insight.Forecast | None, currency: str) -> "NetForecast | None":
        if found is None:
            return None
        return cls(
            method=ForecastMethod(found.method.value),
            expected=MoneyType.of(Money(found.expected, currency)),
            low=MoneyType.of(Money(found.low, currency)),
            high=MoneyType.of(Money(found.high, currency)),
        )


@shown_to(*GLANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What one period will bring; null figures: too little is known.")
class PeriodForecast:
    label: str = strawberry.field(description="Which period.")
    issued: PointsForecast | None = strawberry.field(description="Points given.")
    redeemed: PointsForecast | None = strawberry.field(description="Points spent there.")
    net: NetForecast | None = strawberry.field(description="What it comes to, before VAT.")


@shown_to(*GLANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What a brand would settle by now, and what is to come.")
class BrandForecast:
    calendar: str = strawberry.field(description="Which calendar it settles by.")
    periods: int = strawberry.field(
        description="How many ended periods are known; with fewer than 4 nothing is forecast."
    )
    issued_so_far: Points = strawberry.field(description="Points given in the period that runs.")
    redeemed_so_far: Points = strawberry.field(description="Points spent there in it.")
    net_so_far: MoneyType = strawberry.field(
        description="What that period would come to if it were closed by now, before VAT."
    )
    ahead: list[PeriodForecast] = strawberry.field(
        description="The period that runs, when it is over, and the next one."
    )
    partner_id: strawberry.Private[int]

    @strawberry.field(description="Which brand.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_id)

    @classmethod
    def of(cls, found: insight.BrandForecast) -> "BrandForecast":
        return cls(
            partner_id=found.partner_id,
            calendar=found.calendar,
            periods=found.periods,
            issued_so_far=Points(found.so_far.issued_points),
            redeemed_so_far=Points(found.so_far.redeemed_points),
            net_so_far=MoneyType.of(found.so_far.net),
            ahead=[
                PeriodForecast(
                    label=one.label,
                    issued=PointsForecast.of(one.issued_points),
                    redeemed=PointsForecast.of(one.redeemed_points),
                    net=NetForecast.of(one.net, found.currency),
                )
                for one in found.ahead
            ],
        )


@strawberry.type
class InsightQueries:
    @strawberry.field(
        description="What members may still spend and what that will cost, at an instant: the"
        " operator all, a partner its own points.",
        metadata=seen_by(*GLANCES, kinds=PARTNER_AND_OPERATOR),
    )
    async def liability(
        self, info: Info, as_of: AsOf = None, remaining_rate: RemainingRate = None
    ) -> Liability:
        context = info.context
        found = await insight.liability_at(
            context.office, actor=context.actor, now=context.now, as_of=as_of,
            remaining_rate=remaining_rate,
        )  # fmt: skip
        return Liability.of(context, found)

    @strawberry.field(
        description="What the pool has against what it must pay, at an instant.", metadata=_OFFICE
    )
    async def coverage(
        self, info: Info, as_of: AsOf = None, remaining_rate: RemainingRate = None
    ) -> Coverage:
        context = info.context
        found = await insight.coverage_at(
            context.office, actor=context.actor, now=context.now, as_of=as_of,
            remaining_rate=remaining_rate,
        )  # fmt: skip
        return Coverage.of(context, found)

    @strawberry.field(
        description="What was paid for points and is earned as they are spent, per issuer: of one"
        " period, or of all that ended by an instant, up to the first that is not calculated.",
        metadata=_OFFICE,
    )
    async def revenue(
        self,
        info: Info,
        period: OfPeriod = None,
        calendar: InCalendar = None,
        as_of: AsOf = None,
        ultimate_rate: UltimateRate = None,
    ) -> list[PeriodRevenue]:
        context = info.context
        found = await insight.revenue_of(
            context.office, actor=context.actor, now=context.now, label=period, calendar=calendar,
            as_of=as_of, rate=ultimate_rate,
        )  # fmt: skip
        return [PeriodRevenue.of(one) for one in found]

    @strawberry.field(
        description="How much of all giving and spending lies with few brands: in one period, or in"
        " the twelve months before an instant.",
        metadata=_OFFICE,
    )
    async def concentration(
        self, info: Info, period: OfPeriod = None, calendar: InCalendar = None, as_of: AsOf = None
    ) -> Concentration:
        context = info.context
        found = await insight.concentration_in(
            context.office, actor=context.actor, now=context.now, label=period, calendar=calendar,
            as_of=as_of,
        )  # fmt: skip
        return Concentration(
            issued=ConcentrationIndex.of(found.issued),
            redeemed=ConcentrationIndex.of(found.redeemed),
            alert=found.alert,
            above_alert=found.is_above_alert,
        )

    @strawberry.field(
        description="What the period that runs has come to, and what it and the next one will: the"
        " operator all brands, a partner its own.",
        metadata=seen_by(*GLANCES, kinds=PARTNER_AND_OPERATOR),
    )
    async def forecast(self, info: Info, as_of: AsOf = None) -> list[BrandForecast]:
        context = info.context
        found = await insight.forecasts(
            context.office, actor=context.actor, now=context.now, as_of=as_of
        )
        return [BrandForecast.of(one) for one in found]
