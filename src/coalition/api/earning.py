"""Earning: awards, estimates, returns."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.types.arguments import InputContext

from coalition import earning
from coalition.access import Scope
from coalition.api.arguments import (
    After,
    Asked,
    Bought,
    DryRun,
    First,
    From,
    OnlyRejected,
    Until,
    Who,
)
from coalition.api.context import Context, Info, Place
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.refs import Keyed, MemberRef
from coalition.api.scalars import MoneyInput, MoneyType, Points
from coalition.api.viewers import PARTNERS, seen_by, shown_to
from coalition.kit.amounts import Money
from coalition.kit.errors import Refusal
from coalition.kit.ids import Kind, NotAnId
from coalition.members import MemberRef as Ref
from coalition.partners import Agreement, Promotion

# Who may see awards: who gives them, who serves members, the member, the operator.
_OF_AWARDS = (Scope.POINTS_AWARD, Scope.MEMBERS_READ, Scope.MEMBER_READ, Scope.OPERATOR_READ)

if TYPE_CHECKING:
    from coalition.api.members import Member


@strawberry.enum(description="How the purchase was made.")
class Channel(Enum):
    STORE = strawberry.enum_value("STORE", description="At a till.")
    ONLINE = strawberry.enum_value("ONLINE", description="In a web shop.")
    MOBILE = strawberry.enum_value("MOBILE", description="In an app.")
    PHONE = strawberry.enum_value("PHONE", description="By telephone.")


@strawberry.input(description="One line of a receipt.")
class PurchaseLineInput:
    sku: str = strawberry.field(description="The partner's own article number.")
    category: str | None = strawberry.field(default=None, description="Its own category.")
    quantity: int = strawberry.field(description="How many.")
    amount: MoneyInput = strawberry.field(description="What the line comes to.")


@strawberry.input(description="What was bought, as the partner's till says.")
class PurchaseInput:
    reference: str = strawberry.field(
        description="The partner's own number of the purchase, unique for it for ever."
    )
    purchased_at: datetime = strawberry.field(description="When, by the till's clock.")
    amount: MoneyInput = strawberry.field(
        description="The basis on which points are earned, in the partner's currency, less what"
        " its agreement excludes of the parts named below."
    )
    tax: MoneyInput | None = strawberry.field(
        default=None, description="The part of `amount` that is tax."
    )
    shipping: MoneyInput | None = strawberry.field(
        default=None, description="The part of `amount` that is shipping."
    )
    paid_with_points: MoneyInput | None = strawberry.field(
        default=None, description="The part of `amount` that was paid with points."
    )
    store_code: str | None = strawberry.field(default=None, description="Which store.")
    terminal_code: str | None = strawberry.field(default=None, description="Which till.")
    channel: Channel | None = strawberry.field(default=None, description="How it was bought.")
    lines: list[PurchaseLineInput] | None = strawberry.field(
        default=None, description="The receipt's lines, when the partner sends them."
    )
    promotion: str | None = strawberry.field(
        default=None,
        description="The code of a promotion of this brand; its rate counts then, and several"
        " partners pay.",
    )

    def to_purchase(self) -> earning.Purchase:
        return earning.Purchase(
            reference=self.reference,
            purchased_at=self.purchased_at,
            amount=self.amount.amount,
            currency=self.amount.currency,
            tax=self.tax.amount if self.tax else None,
            shipping=self.shipping.amount if self.shipping else None,
            paid_with_points=self.paid_with_points.amount if self.paid_with_points else None,
            store_code=self.store_code,
            terminal_code=self.terminal_code,
            channel=self.channel.name if self.channel else None,
            lines=tuple(
                earning.Line(
                    line.sku,
                    line.category,
                    line.quantity,
                    line.amount.amount,
                    line.amount.currency,
                )
                for line in self.lines or ()
            ),
            promotion=self.promotion,
        )

    def mixed_currencies(self) -> Refusal | None:
        for part in (self.tax, self.shipping, self.paid_with_points):
            if part is not None and part.currency != self.amount.currency:
                return earning.CurrencyNotAgreed(
                    f"A part of the purchase is in {part.currency}, the purchase itself in"
                    f" {self.amount.currency}.",
                    field=("purchase", "amount", "currency"),
                )
        return None


@strawberry.input(description="Points for one purchase of one member.")
class AwardPointsInput:
    idempotency_key: str = strawberry.field(
        description="1 to 255 visible ASCII characters; the same key replays the first result."
    )
    member: MemberRef = strawberry.field(description="Who bought.")
    purchase: PurchaseInput = strawberry.field(description="What was bought.")

    def to_request(self, context: Keyed) -> earning.AwardRequest:
        """The request; what is wrong with it already goes with it, so that a replay still
        finds its first result.
        """
        ref = Ref("ID", "0")
        refusal = self.purchase.mixed_currencies()
        try:
            ref = self.member.to_ref(context)
        except Refusal as found:
            refusal = refusal or found
        return earning.AwardRequest(self.idempotency_key, ref, self.purchase.to_purchase(), refusal)


def award_input_of(value: Mapping[str, Any]) -> AwardPointsInput:
    """Builds a row from its coerced values without strawberry's walk over every field.

    The values have passed GraphQL's own coercion; only their Python classes are still to be
    made. A thousand rows are the reason: the walk costs three quarters of a batch.
    """
    bought = value["purchase"]
    lines = bought.get("lines")
    return AwardPointsInput(
        idempotency_key=value["idempotencyKey"],
        member=MemberRef.from_coerced(value["member"]),
        purchase=PurchaseInput(
            reference=bought["reference"],
            purchased_at=bought["purchasedAt"],
            amount=MoneyInput(**bought["amount"]),
            tax=_money(bought.get("tax")),
            shipping=_money(bought.get("shipping")),
            paid_with_points=_money(bought.get("paidWithPoints")),
            store_code=bought.get("storeCode"),
            terminal_code=bought.get("terminalCode"),
            channel=bought.get("channel"),
            lines=None
            if lines is None
            else [
                PurchaseLineInput(
                    sku=line["sku"],
                    category=line.get("category"),
                    quantity=line["quantity"],
                    amount=MoneyInput(**line["amount"]),
                )
                for line in lines
            ],
            promotion=bought.get("promotion"),
        ),
    )


def _money(value: Mapping[str, Any] | None) -> MoneyInput | None:
    return None if value is None else MoneyInput(**value)


def _award_input_of(cls: type, value: Mapping[str, Any], context: InputContext) -> AwardPointsInput:
    del cls, context
    return award_input_of(value)


# What strawberry hangs on a class is unknown to mypy.
# Strawberry sets it on the class, and names it nowhere.
AwardPointsInput.__strawberry_definition__.from_input = _award_input_of  # type: ignore[attr-defined]


@strawberry.enum(description="Where an award's points are.")
class AwardState(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Not spendable yet.")
    AVAILABLE = strawberry.enum_value("AVAILABLE", description="Some can be spent or are held.")
    REVERSED = strawberry.enum_value("REVERSED", description="All were taken back.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Their last day is over.")
    SPENT = strawberry.enum_value("SPENT", description="None is left.")


@shown_to(*_OF_AWARDS)
@strawberry.type(description="Which rule gave how many points, and who pays for them.")
class AwardStep:
    rule: str = strawberry.field(description="The rule in words.")
    points: Points = strawberry.field(description="What it gave.")
    funded_by: Partner = strawberry.field(description="Who pays for it.")

    @classmethod
    def all_of(
        cls, context: Context, rule: Agreement | Promotion, shares: Iterable[tuple[int, int]]
    ) -> "list[AwardStep]":
        currency = context.terms.partner(rule.partner_id).currency
        return [
            cls(
                rule=step.rule,
                points=Points(step.points),
                funded_by=Partner.numbered(context, step.funded_by),
            )
            for step in earning.steps_of(rule, shares, currency)
        ]


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


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What became of one award.")
class AwardPointsPayload:
    award: Award | None = strawberry.field(description="The award; null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AwardPointsPayload":
        return cls(award=None, replayed=False, user_errors=errors)


@strawberry.enum(description="What a refused row does to the others of its batch.")
class BatchErrorPolicy(Enum):
    REJECT_EVERYTHING = strawberry.enum_value("REJECT_EVERYTHING", description="None is written.")
    REJECT_FAILED_ROWS = strawberry.enum_value(
        "REJECT_FAILED_ROWS", description="The others are written."
    )


@strawberry.input(description="Points for up to 1000 purchases.")
class AwardPointsBatchInput:
    rows: list[AwardPointsInput] = strawberry.field(description="1 to 1000 rows.")
    error_policy: BatchErrorPolicy = strawberry.field(
        default=BatchErrorPolicy.REJECT_FAILED_ROWS,
        description="What a refused row does to the others.",
    )


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What became of one row of a batch.")
class AwardRowResult:
    index: int = strawberry.field(description="The row's place in `rows`, from 0.")
    award: Award | None = strawberry.field(description="The award; null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What became of a batch.")
class AwardPointsBatchPayload:
    outcomes: strawberry.Private[list[earning.AwardOutcome]]
    accepted: int = strawberry.field(description="Rows awarded now.")
    replayed: int = strawberry.field(description="Rows that had been awarded before.")
    rejected: int = strawberry.field(description="Rows refused.")
    points: Points = strawberry.field(description="Points of the rows awarded now.")
    user_errors: list[UserError] = strawberry.field(
        description="What is wrong with the batch as a whole; rows have their own."
    )

    @strawberry.field(description="Row by row; with `onlyRejected` the refused ones alone.")
    async def results(
        self, info: Info, *, only_rejected: OnlyRejected = False
    ) -> list[AwardRowResult]:
        context = info.context
        replayed = [o.place for o in self.outcomes if o.replayed and o.place and not only_rejected]
        known = await context.loaders.awards.load_many(replayed) if replayed else []
        records = {(r.member_id, r.seq): r for r in known if r is not None}
        rows = []
        for index, outcome in enumerate(self.outcomes):
            if only_rejected and outcome.refusal is None:
                continue
            record = outcome.record or (records.get(outcome.place) if outcome.place else None)
            rows.append(
                AwardRowResult(
                    index=index,
                    award=Award.of(context, record) if record else None,
                    replayed=outcome.replayed,
                    user_errors=[UserError.of(outcome.refusal)] if outcome.refusal else [],
                )
            )
        return rows

    @classmethod
    def of(cls, outcomes: list[earning.AwardOutcome]) -> "AwardPointsBatchPayload":
        rejected = sum(outcome.refusal is not None for outcome in outcomes)
        replayed = sum(outcome.replayed for outcome in outcomes)
        return cls(
            outcomes=outcomes,
            accepted=len(outcomes) - rejected - replayed,
            replayed=replayed,
            rejected=rejected,
            points=Points(
                sum(o.record.points for o in outcomes if o.record is not None and not o.replayed)
            ),
            user_errors=[],
        )

    @classmethod
    def refused(cls, errors: list[UserError]) -> "AwardPointsBatchPayload":
        return cls(
            outcomes=[], accepted=0, replayed=0, rejected=0, points=Points(0), user_errors=errors
        )


@strawberry.input(description="A purchase, or part of it, that came back.")
class ReverseAwardInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    award_id: strawberry.ID | None = strawberry.field(
        default=None, description="The award; this or `purchaseReference`."
    )
    purchase_reference: str | None = strawberry.field(
        default=None, description="The partner's own number of the purchase."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="What came back; absent: all that has not come back yet."
    )
    reason: str = strawberry.field(description="Why, for the record.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it came back, for tills that report later; absent: now."
    )


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="What a return took back.")
class ReverseAwardPayload:
    award: Award | None = strawberry.field(description="The award as it stands now.")
    clawed_back: Points = strawberry.field(description="Points taken from the member's balance.")
    shortfall: Points = strawberry.field(
        description="Points that were spent already: owed by the member, or borne by"
        " `shortfallPayer`."
    )
    shortfall_payer: str | None = strawberry.field(
        description="Who bears a shortfall beyond the member's debt: ISSUER or POOL."
    )
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "ReverseAwardPayload":
        return cls(
            award=None,
            clawed_back=Points(0),
            shortfall=Points(0),
            shortfall_payer=None,
            replayed=False,
            user_errors=errors,
        )


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


@strawberry.type
class EarningMutations:
    @strawberry.mutation(
        description="Award points to a member for a purchase.",
        extensions=[RefusalBecomesPayload(AwardPointsPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def award_points(
        self, info: Info, input: Asked[AwardPointsInput], *, dry_run: DryRun = False
    ) -> AwardPointsPayload:
        context = info.context
        (outcome,) = await earning.award_points(
            context.office,
            actor=context.actor,
            requests=[input.to_request(context)],
            now=context.now,
        )
        if outcome.refusal is not None:
            raise outcome.refusal
        if outcome.record is not None:
            award: Award | None = Award.of(context, outcome.record)
        else:
            award = await Award.at(context, outcome.place or (0, 0))
        return AwardPointsPayload(award=award, replayed=outcome.replayed, user_errors=[])

    @strawberry.mutation(
        description="Award points for up to 1000 purchases in one transaction.",
        extensions=[RefusalBecomesPayload(AwardPointsBatchPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def award_points_batch(
        self, info: Info, input: Asked[AwardPointsBatchInput], *, dry_run: DryRun = False
    ) -> AwardPointsBatchPayload:
        context = info.context
        outcomes = await earning.award_points(
            context.office,
            actor=context.actor,
            requests=[row.to_request(context) for row in input.rows],
            now=context.now,
            all_or_nothing=input.error_policy is BatchErrorPolicy.REJECT_EVERYTHING,
        )
        return AwardPointsBatchPayload.of(outcomes)

    @strawberry.mutation(
        description="Take points back for a purchase, or part of it, that came back: what the rest"
        " of the purchase would not have earned.",
        extensions=[RefusalBecomesPayload(ReverseAwardPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def reverse_award(
        self, info: Info, input: Asked[ReverseAwardInput], *, dry_run: DryRun = False
    ) -> ReverseAwardPayload:
        context = info.context
        reversal = await earning.reverse_award(
            context.office,
            actor=context.actor,
            request=earning.ReturnRequest(
                idempotency_key=input.idempotency_key,
                award=_place_of(context, input.award_id),
                purchase_reference=input.purchase_reference,
                amount=input.amount.amount if input.amount else None,
                currency=input.amount.currency if input.amount else None,
                reason=input.reason,
                occurred_at=input.occurred_at,
            ),
            now=context.now,
        )
        return ReverseAwardPayload(
            award=await Award.at(context, reversal.place),
            clawed_back=Points(reversal.clawed_back),
            shortfall=Points(reversal.shortfall),
            shortfall_payer=reversal.borne_by.upper() if reversal.borne_by else None,
            replayed=reversal.replayed,
            user_errors=[],
        )


def _place_of(context: Context, award_id: strawberry.ID | None) -> Place | None:
    """An id that names nothing is a place where nothing stands: answered like a foreign one."""
    if award_id is None:
        return None
    try:
        return context.keys.seal.open(Kind.AWARD, award_id)
    except NotAnId:
        return 0, 0
