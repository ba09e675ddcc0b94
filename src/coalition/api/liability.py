"""What points will cost, and whether the pool has it."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import strawberry

from coalition import insight
from coalition.access import Scope
from coalition.api.context import Context, Info
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money, exponent_of

GLANCES = (Scope.SETTLEMENT_READ, Scope.OPERATOR_READ)
_OFFICE = seen_by(Scope.OPERATOR_READ, kinds=OPERATORS)
_PRICE_PLACES = 8


@strawberry.enum(description="Where a redemption rate comes from.")
class RedemptionRateSource(Enum):
    GIVEN = strawberry.enum_value("GIVEN", description="Who asks has given it.")
    AGREED = strawberry.enum_value("AGREED", description="The partners' file says it.")
    ESTIMATED = strawberry.enum_value(
        "ESTIMATED", description="Developed from what was spent of earlier months (chain ladder)."
    )


@strawberry.enum(description="Where the cost of a point comes from.")
class PointCostSource(Enum):
    YEAR = strawberry.enum_value(
        "YEAR", description="What brands were paid per point in the twelve months before."
    )
    POINT_VALUE = strawberry.enum_value(
        "POINT_VALUE", description="The programme's point value: nothing was spent in them."
    )


@shown_to(*GLANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Points that one issuer stands for, and what they will cost.")
class IssuerLiability:
    outstanding: Points = strawberry.field(description="What members may still spend of them.")
    expected: Points = strawberry.field(description="How many of those will be spent.")
    rate: Decimal = strawberry.field(description="expected / outstanding.")
    amount: MoneyType | None = strawberry.field(
        description="What they will cost, in the programme's currency. Null where it would tell a"
        " brand what another one is paid."
    )
    issuer_id: strawberry.Private[int | None]

    @strawberry.field(description="Who gave them; null: the operator, by corrections.")
    def issuer(self, info: Info) -> Partner | None:
        number = self.issuer_id
        return None if number is None else Partner.numbered(info.context, number)

    @classmethod
    def of(cls, report: insight.LiabilityReport, one: insight.IssuerLiability) -> "IssuerLiability":
        return cls(
            issuer_id=one.issuer_id,
            outstanding=Points(one.outstanding),
            expected=Points(one.expected),
            rate=insight.as_decimal(one.rate),
            amount=_told(report, one.amount),
        )


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(description="All points earned in one month.")
class EarnMonth:
    month: date = strawberry.field(description="Its first day.")
    issued: Points = strawberry.field(description="Given, less what returns and debts took back.")
    redeemed: Points = strawberry.field(description="Spent so far, refunds taken off.")
    ended: Points = strawberry.field(description="Ended unspent.")
    outstanding: Points = strawberry.field(description="What is left of them.")
    expected: Points = strawberry.field(description="How many of those will be spent.")
    ultimate_rate: Decimal = strawberry.field(
        description="(redeemed + expected) / issued: the ultimate redemption rate."
    )
    remaining_rate: Decimal = strawberry.field(description="expected / outstanding.")

    @classmethod
    def of(cls, outlook: insight.Outlook) -> "EarnMonth":
        own = outlook.cohort
        return cls(
            month=own.earned_in,
            issued=Points(own.base),
            redeemed=Points(own.redeemed),
            ended=Points(own.ended),
            outstanding=Points(own.outstanding),
            expected=Points(round(outlook.expected)),
            ultimate_rate=insight.as_decimal(outlook.ultimate_rate),
            remaining_rate=insight.as_decimal(outlook.remaining_rate),
        )


@shown_to(*GLANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="What members may still spend and what that will cost: for a partner, of its own"
    " points."
)
class Liability:
    report: strawberry.Private[insight.LiabilityReport]
    at: datetime = strawberry.field(description="At which instant.")
    day: date = strawberry.field(description="The last day that it covers; rates are of it.")
    outstanding: Points = strawberry.field(description="What members may still spend.")
    expected: Points = strawberry.field(description="How many of those points will be spent.")
    rate: Decimal = strawberry.field(description="expected / outstanding.")
    rate_source: RedemptionRateSource = strawberry.field(description="Where the rate comes from.")
    months_seen: int = strawberry.field(
        description="For how many whole months the oldest points have been seen: beyond that an"
        " estimate expects nothing."
    )
    cost_source: PointCostSource = strawberry.field(
        description="Where the cost of a point comes from."
    )
    amount: MoneyType | None = strawberry.field(
        description="expected x cost per point, rounded once. Null where it would tell a brand what"
        " another one is paid."
    )

    @strawberry.field(description="In the programme's currency, at the day's rates.",
                      metadata=_OFFICE)  # fmt: skip
    def cost_per_point(self) -> Decimal:
        found = self.report.liability
        unit = Fraction(10) ** exponent_of(found.amount.currency)
        return insight.as_decimal(found.cost / unit, _PRICE_PLACES)

    @strawberry.field(
        description="The part of the amount that the pool pays; issuers pay the rest when the"
        " points are spent.",
        metadata=_OFFICE,
    )
    def of_pool(self) -> MoneyType:
        return MoneyType.of(self.report.liability.of_pool)

    @strawberry.field(
        description="What the points that will not be spent would have cost.", metadata=_OFFICE
    )
    def breakage(self) -> MoneyType:
        return MoneyType.of(self.report.liability.breakage)

    @strawberry.field(description="By issuer: a partner its own, the operator all.")
    def issuers(self) -> list[IssuerLiability]:
        return [IssuerLiability.of(self.report, one) for one in self.report.liability.issuers]

    @strawberry.field(description="By earn month, oldest first.", metadata=_OFFICE)
    def earn_months(self) -> list[EarnMonth]:
        return [EarnMonth.of(one) for one in self.report.outlooks]

    @classmethod
    def of(cls, context: Context, report: insight.LiabilityReport) -> "Liability":
        del context
        found = report.liability
        return cls(
            report=report,
            at=report.moment.at,
            day=report.moment.day,
            outstanding=Points(found.outstanding),
            expected=Points(found.expected),
            rate=insight.as_decimal(found.rate),
            rate_source=RedemptionRateSource(report.source.value),
            months_seen=report.months,
            cost_source=PointCostSource(report.cost_source.value),
            amount=_told(report, found.amount),
        )


@shown_to(Scope.OPERATOR_READ, kinds=OPERATORS)
@strawberry.type(description="What the pool has against what it must pay.")
class Coverage:
    liability: Liability = strawberry.field(description="What outstanding points will cost.")
    funds: list[MoneyType] = strawberry.field(
        description="The pool by currency, with what is not billed yet."
    )
    fund: MoneyType = strawberry.field(description="The same in the programme's currency.")
    ratio: Decimal | None = strawberry.field(
        description="fund / liability.ofPool; null where it must pay nothing."
    )
    floor: Decimal | None = strawberry.field(
        description="What the ratio should be at least; null: the partners' file says nothing."
    )
    below_floor: bool = strawberry.field(description="Whether the ratio is below it.")

    @classmethod
    def of(cls, context: Context, found: insight.CoverageReport) -> "Coverage":
        return cls(
            liability=Liability.of(context, found.report),
            funds=[MoneyType.of(one) for one in found.funds],
            fund=MoneyType.of(found.fund),
            ratio=None if found.ratio is None else insight.as_decimal(found.ratio),
            floor=found.floor.normalize() if found.floor is not None else None,
            below_floor=found.is_below_floor,
        )


def _told(report: insight.LiabilityReport, amount: Money) -> MoneyType | None:
    return MoneyType.of(amount) if report.tells_cost else None
