"""Awards as who may see them, and what a purchase would earn."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from coalition import earning
from coalition.access import Scope
from coalition.api.arguments import After, Bought, First, From, Until, Who
from coalition.api.context import Context, Info, Place
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.purchases import PurchaseInput
from coalition.api.refs import MemberRef
from coalition.api.scalars import CurrencyCode, MoneyType, Points
from coalition.api.viewers import PARTNERS, seen_by, shown_to
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind
from coalition.partners import Agreement, Promotion

# Who may see awards: who gives them, who serves members, the member, the operator.
_OF_AWARDS = (Scope.POINTS_AWARD, Scope.MEMBERS_READ, Scope.MEMBER_READ, Scope.OPERATOR_READ)

if TYPE_CHECKING:
    from coalition.api.members import Member


@strawberry.enum(description="Where an award's points are.")
class AwardState(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Not spendable yet.")
    AVAILABLE = strawberry.enum_value("AVAILABLE", description="Some can be spent or are held.")
    REVERSED = strawberry.enum_value("REVERSED", description="All were taken back.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Their last day is over.")
    SPENT = strawberry.enum_value("SPENT", description="None is left.")


@strawberry.enum(description="What kind of rule gave points.")
class AwardRule(Enum):
    AGREEMENT = strawberry.enum_value("AGREEMENT", description="The brand's usual rate.")
    PROMOTION = strawberry.enum_value(
        "PROMOTION", description="A promotion's rate, instead of the usual one."
    )


RuleInLanguage = Annotated[
    str | None,
    strawberry.argument(
        description="The reader's language, like es or es-MX. Absent, or one that is not spoken"
        " here: English for developers, with the code of the currency."
    ),
]


@shown_to(*_OF_AWARDS)
@strawberry.type(description="Which rule gave how many points, and who pays for them.")
class AwardStep:
    own: strawberry.Private[earning.Step]
    kind: AwardRule = strawberry.field(description="What kind of rule it is.")
    points_per_unit: Decimal = strawberry.field(
        description="Points for each one unit of `currency`; what comes of it is rounded down."
    )
    currency: CurrencyCode = strawberry.field(description="The currency of the purchase.")
    promotion_name: str | None = strawberry.field(
        description="What the promotion is called; null: there is none."
    )
    percent: Decimal | None = strawberry.field(
        description="How much of what the promotion gave `fundedBy` pays for; null: there is none."
    )
    points: Points = strawberry.field(description="What it gave.")
    funded_by: Partner = strawberry.field(description="Who pays for it.")

    @strawberry.field(description="The rule in words.")
    def rule(self, locale: RuleInLanguage = None) -> str:
        return earning.rule_in_words(self.own, locale)

    @classmethod
    def of(cls, context: Context, step: earning.Step) -> "AwardStep":
        promotion = step.rule if isinstance(step.rule, Promotion) else None
        return cls(
            own=step,
            kind=AwardRule.PROMOTION if promotion else AwardRule.AGREEMENT,
            points_per_unit=step.points_per_unit,
            currency=CurrencyCode(step.currency),
            promotion_name=promotion.name if promotion else None,
            percent=None if step.percent is None else step.percent.normalize(),
            points=Points(step.points),
            funded_by=Partner.numbered(context, step.funded_by),
        )

    @classmethod
    def all_of(
        cls, context: Context, rule: Agreement | Promotion, shares: Iterable[tuple[int, int]]
    ) -> "list[AwardStep]":
        currency = context.terms.partner(rule.partner_id).currency
        return [cls.of(context, step) for step in earning.steps_of(rule, shares, currency)]


@shown_to(*_OF_AWARDS)
@strawberry.type(description="Points that a partner gave for a purchase.")
class Award(Node):
    record: strawberry.Private[earning.AwardRecord]
    purchase_reference: str = strawberry.field(description="The partner's number of the purchase.")
    points: Points = strawberry.field(description="As awarded.")
    spendable_from: datetime = strawberry.field(description="From when on they may be spent.")
    expires_on: date | None = strawberry.field(
        description="The last day on which they may be spent; null: they never end."
    )
    purchased_at: datetime = strawberry.field(description="When it was bought.")
    recorded_at: datetime = strawberry.field(description="When the coalition wrote it down.")

    @strawberry.field(description="Who gave them.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="Who got them.")
    def member(self, info: Info) -> Annotated["Member", strawberry.lazy("coalition.api.members")]:
        from coalition.api.members import Member  # noqa: PLC0415 - the graph is a circle

        return Member.numbered(info.context, self.record.member_id)

    @strawberry.field(description="What was paid.")
    def purchase_amount(self, info: Info) -> MoneyType:
        currency = info.context.terms.partner(self.record.partner_id).currency
        return MoneyType.of(Money(self.record.amount, currency))

    @strawberry.field(description="How many of them returns have taken back.")
    async def reversed_points(self, info: Info) -> Points:
        back = await info.context.loaders.returns.load(self._place)
        return Points(back.points if back else 0)

    @strawberry.field(description="Where the points are.")
    async def state(self, info: Info) -> AwardState:
        context = info.context
        back = await context.loaders.returns.load(self._place)
        shares = await self._shares(context)
        lots = await context.loaders.lots.load_many(
            [(self.record.member_id, share.seq) for share in shares]
        )
        if back and back.points == self.record.points:
            return AwardState.REVERSED
        left = sum(lot.remaining + lot.held for lot in lots if lot)
        if left == 0:
            return AwardState.SPENT
        last = self.record.expires_on
        if last is not None and last < context.terms.programme.today(context.now):
            return AwardState.EXPIRED
        if self.record.spendable_from > context.now:
            return AwardState.PENDING
        return AwardState.AVAILABLE

    @strawberry.field(description="Which rule gave how many points, and who pays for them.")
    async def explanation(self, info: Info) -> list[AwardStep]:
        record, terms = self.record, info.context.terms
        shares = await self._shares(info.context)
        return AwardStep.all_of(
            info.context,
            terms.rule_of(record.agreement_id, record.promotion_id),
            [(share.partner_id, share.points) for share in shares],
        )

    @strawberry.field(description="The code of the promotion it was given under, if any.")
    def promotion(self, info: Info) -> str | None:
        record = self.record
        rule = info.context.terms.rule_of(record.agreement_id, record.promotion_id)
        return rule.code if isinstance(rule, Promotion) else None

    async def _shares(self, context: Context) -> tuple[earning.Share, ...]:
        """Who gave it: the partner alone, unless it was funded together."""
        record = self.record
        if record.promotion_id is not None:
            found = await context.loaders.shares.load(self._place)
            if found:
                return found
        return (earning.Share(record.partner_id, record.seq, record.points, record.points),)

    @property
    def _place(self) -> Place:
        return self.record.member_id, self.record.seq

    @classmethod
    def of(cls, context: Context, record: earning.AwardRecord) -> "Award":
        return cls(
            id=context.seal(Kind.AWARD, record.member_id, record.seq),
            record=record,
            purchase_reference=record.reference,
            points=Points(record.points),
            spendable_from=record.spendable_from,
            expires_on=record.expires_on,
            purchased_at=record.purchased_at,
            recorded_at=record.recorded_at,
        )

    @classmethod
    async def at(cls, context: Context, place: Place) -> "Award | None":
        record = await context.loaders.awards.load(place)
        return cls.of(context, record) if record else None


@shown_to(*_OF_AWARDS)
@strawberry.type(description="An award in a list.")
class AwardEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: Award = strawberry.field(description="The award.")


@shown_to(*_OF_AWARDS)
@strawberry.type(description="A page of awards, the latest purchases first.")
class AwardConnection:
    edges: list[AwardEdge] = strawberry.field(description="The awards with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The awards alone.")
    def nodes(self) -> list[Award]:
        return [edge.node for edge in self.edges]


async def award_page(
    context: Context, asked: earning.AwardFilter, first: int | None, after: str | None
) -> AwardConnection:
    behind = place_behind(context, Kind.AWARD, after)

    async def read(limit: int) -> list[earning.AwardRecord]:
        position = None
        async with context.reading() as connection:
            if behind is not None:
                last = (await earning.awards_at(connection, [behind])).get(behind)
                if last is None:
                    raise bad_cursor()
                position = (last.purchased_at, last.member_id, last.seq)
            return await earning.list_awards(connection, asked, after=position, limit=limit)

    page, info = await page_of(
        first, after, read,
        lambda record: context.seal(Kind.AWARD, record.member_id, record.seq),
    )  # fmt: skip
    edges = [AwardEdge(cursor=cursor, node=Award.of(context, record)) for cursor, record in page]
    return AwardConnection(edges=edges, page_info=info)


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What a purchase would earn.")
class AwardEstimate:
    points: Points = strawberry.field(description="As `awardPoints` would give them now.")
    explanation: list[AwardStep] = strawberry.field(description="Which rule gives how many.")
    spendable_from: datetime = strawberry.field(description="From when on they could be spent.")
    expires_on: date | None = strawberry.field(description="Their last day; null: none.")


@strawberry.type
class EarningQueries:
    @strawberry.field(
        description="What a purchase would earn now. Writes nothing; equals the award. A refusal"
        " is a top-level error with the code that `awardPoints` would answer.",
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def estimate_award(
        self, info: Info, purchase: Bought[PurchaseInput], member: Who[MemberRef | None] = None
    ) -> AwardEstimate:
        context = info.context
        if mixed := purchase.mixed_currencies():
            raise mixed
        fact = await earning.estimate_award(
            context.office,
            actor=context.actor,
            member=member.to_ref(context) if member else None,
            purchase=purchase.to_purchase(),
            now=context.now,
        )
        return AwardEstimate(
            points=Points(fact.points),
            explanation=AwardStep.all_of(
                context,
                fact.promotion or fact.agreement,
                [(part.agreement.partner_id, part.points) for part in fact.parts],
            ),
            spendable_from=fact.spendable_from,
            expires_on=fact.expires_on,
        )

    @strawberry.field(
        description="A partner's own awards, the operator all; the latest purchases first.",
        metadata=seen_by(Scope.POINTS_AWARD, Scope.OPERATOR_READ),
    )
    async def awards(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        purchased_from: From = None,
        purchased_until: Until = None,
    ) -> AwardConnection:
        asked = earning.AwardFilter(
            partner_ids=info.context.brands,
            purchased_from=purchased_from,
            purchased_until=purchased_until,
        )
        return await award_page(info.context, asked, first, after)
