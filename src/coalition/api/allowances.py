"""What a partner may still issue: out of packs bought beforehand, and on credit."""

from datetime import date
from typing import Self

import strawberry

from coalition import ledger, partners
from coalition.access import Scope
from coalition.api.context import Context, Info
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.amounts import Money, exponent_of

OF_ALLOWANCES = (Scope.SETTLEMENT_READ, Scope.OPERATOR_READ, Scope.SETTLEMENT_CLOSE)
# Credit is counted in 10^-8 of a currency.
_DECIMALS = 8


@shown_to(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Points that were bought beforehand in one go.")
class PrepaidPack:
    code: str = strawberry.field(description="As the partners' file names it.")
    bought_on: date = strawberry.field(description="The day; the earliest pack is used up first.")
    points: Points = strawberry.field(description="How many were bought.")
    left: Points = strawberry.field(description="How many of them may still be given.")
    cost: MoneyType = strawberry.field(description="What was paid for it.")


@shown_to(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="The points that a partner has bought beforehand.")
class PackAllowance:
    bought: Points = strawberry.field(description="In all packs together.")
    left: Points = strawberry.field(description="How many may still be given; returns are back.")
    warns_below: Points | None = strawberry.field(
        description="With fewer left it is told so once; null: never."
    )
    is_low: bool = strawberry.field(description="Whether fewer are left than that.")
    partner: strawberry.Private[partners.Partner]

    @strawberry.field(description="Its packs, in the order in which they are used up.")
    def packs(self) -> list[PrepaidPack]:
        return [
            PrepaidPack(
                code=one.pack.code,
                bought_on=one.pack.bought_on,
                points=Points(one.pack.points),
                left=Points(one.left),
                cost=MoneyType.of(Money(one.pack.amount, self.partner.currency)),
            )
            for one in partners.packs_left(self.partner.contract.packs, int(self.left))
        ]

    @classmethod
    def of(cls, context: Context, found: ledger.Allowance) -> Self:
        return cls(
            bought=Points(found.granted),
            left=Points(found.left),
            warns_below=Points(found.alert_below) if found.alert_below else None,
            is_low=found.is_low,
            partner=context.terms.partner(found.partner_id),
        )


@shown_to(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What a partner may give on credit: by issue price and fee.")
class CreditAllowance:
    limit: MoneyType = strawberry.field(description="What was agreed.")
    left: MoneyType = strawberry.field(
        description="What may still be given, rounded down; below zero: the limit was lowered."
    )
    warns_below: MoneyType | None = strawberry.field(
        description="With less left it is told so once; null: never."
    )
    is_low: bool = strawberry.field(description="Whether less is left than that.")

    @classmethod
    def of(cls, context: Context, found: ledger.Allowance) -> Self:
        currency = context.terms.partner(found.partner_id).currency
        unit = 10 ** (_DECIMALS - exponent_of(currency))

        def money(units: int) -> MoneyType:
            return MoneyType.of(Money(units // unit, currency))

        return cls(
            limit=money(found.granted),
            left=money(found.left),
            warns_below=money(found.alert_below) if found.alert_below else None,
            is_low=found.is_low,
        )


@shown_to(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="What a partner may still issue. Without either it is not limited.")
class Allowances:
    packs: PackAllowance | None = strawberry.field(description="Null: it has bought none.")
    credit: CreditAllowance | None = strawberry.field(description="Null: it has no limit.")
    partner_id: strawberry.Private[int]

    @strawberry.field(description="Who.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_id)

    @classmethod
    async def all_of(cls, context: Context, partner_id: int | None = None) -> "list[Allowances]":
        """Of one partner, or of all that may be seen, by the order of their numbers."""
        async with context.reading() as connection:
            found = await ledger.allowances_of(connection, partner_id)
        made: dict[int, Allowances] = {}
        for one in found:
            # What a contract does not name any more limits nothing; its figures are kept.
            contract = context.terms.partner(one.partner_id).contract
            own = made.get(one.partner_id) or cls(
                packs=None, credit=None, partner_id=one.partner_id
            )
            if one.kind is ledger.AllowanceKind.PACKS and contract.overdraft is not None:
                own.packs = PackAllowance.of(context, one)
            elif one.kind is ledger.AllowanceKind.CREDIT and contract.credit_limit is not None:
                own.credit = CreditAllowance.of(context, one)
            else:
                continue
            made[one.partner_id] = own
        return list(made.values())


@strawberry.type
class AllowanceQueries:
    @strawberry.field(
        description="What may still be issued out of packs and on credit: a partner's own, the"
        " operator all. Who is not limited is not here.",
        metadata=seen_by(*OF_ALLOWANCES, kinds=PARTNER_AND_OPERATOR),
    )
    async def allowances(self, info: Info) -> list[Allowances]:
        return await Allowances.all_of(info.context, info.context.actor.partner_id)
