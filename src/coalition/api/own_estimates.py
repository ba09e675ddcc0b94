"""What a member would earn somewhere, before it buys."""

from datetime import date, datetime

import strawberry

from coalition import earning
from coalition.access import Scope
from coalition.api.arguments import AtBrand, Spent
from coalition.api.context import Info
from coalition.api.earning import AwardStep
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyInput, MoneyType, Points
from coalition.api.viewers import MEMBERS, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId
from coalition.partners import NoAgreementOnDate


@shown_to(Scope.MEMBER_READ, kinds=MEMBERS)
@strawberry.type(description="What a purchase would earn, if it is made now.")
class EarningEstimate:
    partner_number: strawberry.Private[int]
    points: Points = strawberry.field(description="How many.")
    value: MoneyType = strawberry.field(description="`points` at the programme's point value.")
    explanation: list[AwardStep] = strawberry.field(description="Which rule gives how many.")
    spendable_from: datetime = strawberry.field(description="From when on they could be spent.")
    expires_on: date | None = strawberry.field(description="Their last day; null: none.")

    @strawberry.field(description="Where.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.partner_number)


@strawberry.type
class OwnEstimateQueries:
    @strawberry.field(
        description="What the member who asks would earn for a purchase now, without a promotion."
        " Writes nothing. A refusal is a top-level error with the code that the award would get.",
        metadata=seen_by(Scope.MEMBER_READ, kinds=MEMBERS),
    )
    async def estimate_earning(
        self, info: Info, partner: AtBrand, amount: Spent[MoneyInput]
    ) -> EarningEstimate:
        context = info.context
        try:
            number, _ = context.keys.seal.open(Kind.PARTNER, partner)
        except NotAnId:
            number = 0
        if not context.terms.knows(number):
            raise NoAgreementOnDate("There is no such brand.", field=("partner",))
        fact = await earning.estimate_earning(
            context.office,
            actor=context.actor,
            partner_id=number,
            amount=amount.amount,
            currency=amount.currency,
            now=context.now,
        )
        programme = context.terms.programme
        parts = [(one.agreement.partner_id, one.points) for one in fact.parts]
        return EarningEstimate(
            partner_number=number,
            points=Points(fact.points),
            value=MoneyType.of(programme.worth(fact.points)),
            explanation=AwardStep.all_of(context, fact.agreement, parts),
            spendable_from=fact.spendable_from,
            expires_on=fact.expires_on,
        )
