"""Who pays whom for a period, what its pool has, and what became of its points."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum

import strawberry

from coalition import settlement
from coalition.api.context import Context, Info
from coalition.api.lines import READS
from coalition.api.partners import Partner
from coalition.api.periods import IN_OFFICE
from coalition.api.scalars import CurrencyCode, MoneyType, Points
from coalition.api.viewers import OPERATORS, PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money


@strawberry.enum(description="A document that a statement gives rise to.")
class DocumentSide(Enum):
    ISSUANCE = strawberry.enum_value(
        "ISSUANCE", description="The invoice to the partner for points that it gave."
    )
    REDEMPTION = strawberry.enum_value(
        "REDEMPTION", description="The self-billed invoice for points that were spent with it."
    )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A rate that is kept: one unit of base is rate of quote.")
class FxRate:
    source: str = strawberry.field(description="Whose rate.")
    on: date = strawberry.field(description="Of which day.")
    base: CurrencyCode = strawberry.field(description="One unit of this ...")
    quote: CurrencyCode = strawberry.field(description="... is so many of this.")
    rate: Decimal = strawberry.field(description="How many.")

    @classmethod
    def of(cls, rate: settlement.FxRate) -> "FxRate":
        return cls(
            source=rate.source,
            on=rate.on_date,
            base=CurrencyCode(rate.base),
            quote=CurrencyCode(rate.quote),
            rate=rate.rate.normalize(),
        )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="What a brand, or the pool, pays in one currency; below zero: is paid."
)
class NetPosition:
    net: MoneyType = strawberry.field(description="Before VAT.")
    vat: MoneyType = strawberry.field(description="VAT on top.")
    amount: MoneyType = strawberry.field(description="Both.")
    held: MoneyType = strawberry.field(
        description="What of that is disputed and left out of what is paid; below zero: it was left"
        " out by an earlier netting, and is put back."
    )
    settled: MoneyType = strawberry.field(
        description="What is paid: amount - held, in the currency that is paid in."
    )
    position: strawberry.Private[settlement.Position]

    @strawberry.field(description="Whose; null: the pool's side.")
    def partner(self, info: Info) -> Partner | None:
        number = self.position.partner_id
        return None if number is None else Partner.numbered(info.context, number)

    @strawberry.field(description="The rate between the two; null where they are one currency.")
    def rate(self) -> FxRate | None:
        return FxRate.of(self.position.rate) if self.position.rate else None

    @classmethod
    def of(cls, position: settlement.Position) -> "NetPosition":
        return cls(
            net=MoneyType.of(position.net),
            vat=MoneyType.of(position.vat),
            amount=MoneyType.of(position.amount),
            held=MoneyType.of(Money(position.held, position.net.currency)),
            settled=MoneyType.of(position.settled),
            position=position,
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(
    description="All positions of one currency together: before VAT, and as if nothing were held"
    " back. What is paid in the end is `settled` of each position."
)
class NettingTotal:
    currency: CurrencyCode = strawberry.field(description="Which currency.")
    pool: MoneyType = strawberry.field(
        description="What the pool pays, before VAT; below zero: is paid."
    )
    billed: MoneyType = strawberry.field(description="All that either side has billed, before VAT.")
    paid: MoneyType = strawberry.field(
        description="What is left of that after netting: all `net` of partners without their signs."
    )
    compression: Decimal = strawberry.field(
        description="1 - paid / billed: the part of what was billed that nobody has to pay."
    )
    payments: int = strawberry.field(
        description="How many partners have something to pay or to be paid."
    )

    @classmethod
    def of(cls, total: settlement.CurrencyPosition) -> "NettingTotal":
        paid = sum(abs(net.minor) for net in total.nets.values())
        return cls(
            currency=CurrencyCode(total.currency),
            pool=MoneyType.of(total.pool),
            billed=MoneyType.of(total.billed),
            paid=MoneyType.of(Money(paid, total.currency)),
            compression=total.compression,
            payments=total.payments,
        )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Who pays whom for a period.")
class Netting:
    positions_: strawberry.Private[list[settlement.Position]]

    @strawberry.field(description="A partner's own, the operator all with the pool's side.")
    def positions(self) -> list[NetPosition]:
        return [NetPosition.of(one) for one in self.positions_]

    @strawberry.field(
        description="Each currency's positions together; of a netting in one currency, that one.",
        metadata=seen_by(*IN_OFFICE, kinds=OPERATORS),
    )
    def totals(self) -> list[NettingTotal]:
        return [NettingTotal.of(one) for one in settlement.totals_of(self.positions_)]


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What became of an issuer's points in a period.")
class PointsRoll:
    opening: Points = strawberry.field(description="Left to be spent before it.")
    issued: Points = strawberry.field(description="Given.")
    carried_over: Points = strawberry.field(
        description="Carried over from another system, where they were given."
    )
    returned: Points = strawberry.field(description="Taken out of its lots by returns.")
    redeemed: Points = strawberry.field(description="Spent, anywhere.")
    refunded: Points = strawberry.field(description="Given back by refunds.")
    expired: Points = strawberry.field(description="Ended unspent.")
    repaid: Points = strawberry.field(description="Paid for members' debts.")
    relieved: Points = strawberry.field(
        description="Taken off it by corrections so far: the operator stands for these."
    )
    outstanding: Points = strawberry.field(
        description="Left to be spent after it that the issuer stands for."
    )
    issuer_id: strawberry.Private[int]

    @strawberry.field(description="Whose points.")
    def issuer(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.issuer_id)

    @classmethod
    def of(cls, context: Context, roll: settlement.RollForward) -> "PointsRoll":
        del context
        return cls(
            issuer_id=roll.issuer_id,
            opening=Points(roll.opening),
            issued=Points(roll.period.issued),
            carried_over=Points(roll.period.opened),
            returned=Points(roll.period.returned),
            redeemed=Points(roll.period.redeemed),
            refunded=Points(roll.period.refunded),
            expired=Points(roll.period.expired),
            repaid=Points(roll.period.repaid),
            relieved=Points(roll.relieved),
            outstanding=Points(roll.closing - roll.relieved),
        )


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="Currency that the pool lacks.")
class CurrencyNeed:
    needed: MoneyType = strawberry.field(description="How much.")
    booked: MoneyType = strawberry.field(description="What that is at the rate of the cut-off.")
    rate: FxRate = strawberry.field(description="That rate.")


@shown_to(*IN_OFFICE, kinds=OPERATORS)
@strawberry.type(description="The pool before and after a period.")
class Treasury:
    before: list[MoneyType] = strawberry.field(description="In each currency, before it.")
    moved: list[MoneyType] = strawberry.field(description="What moved in it, in each.")
    fund_before: MoneyType = strawberry.field(description="Before, in the programme's currency.")
    fund_moved: MoneyType = strawberry.field(description="What moved, converted by itself.")
    fund_after: MoneyType = strawberry.field(description="Afterwards, converted by itself.")
    rounding: MoneyType = strawberry.field(
        description="fundAfter - fundBefore - fundMoved: what rounding leaves between them."
    )
    needs: list[CurrencyNeed] = strawberry.field(description="What the pool lacks.")

    @classmethod
    def of(cls, treasury: settlement.Treasury) -> "Treasury":
        return cls(
            before=_money(treasury.before.values()),
            moved=_money(treasury.moved.values()),
            fund_before=MoneyType.of(treasury.fund.before),
            fund_moved=MoneyType.of(treasury.fund.moved),
            fund_after=MoneyType.of(treasury.fund.after),
            rounding=MoneyType.of(treasury.fund.rounding),
            needs=[
                CurrencyNeed(
                    needed=MoneyType.of(one.needed),
                    booked=MoneyType.of(one.booked),
                    rate=FxRate.of(one.rate),
                )
                for one in treasury.needs
            ],
        )


def _money(amounts: Iterable[Money]) -> list[MoneyType]:
    return [MoneyType.of(one) for one in amounts]
