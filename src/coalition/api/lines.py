"""A statement's lines, and the entries behind each of them."""

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry

from coalition import ledger, settlement
from coalition.access import Scope
from coalition.api.arguments import After, First
from coalition.api.context import Context, Info
from coalition.api.paging import PageInfo, bad_cursor, page_of
from coalition.api.partners import Partner
from coalition.api.scalars import MoneyType, Points
from coalition.api.viewers import PARTNER_AND_OPERATOR, shown_to
from coalition.kit.ids import Kind, NotAnId

READS = (
    Scope.SETTLEMENT_READ,
    Scope.OPERATOR_READ,
    Scope.SETTLEMENT_CLOSE,
    Scope.SETTLEMENT_APPROVE,
)


def _cursor(context: Context, detail: settlement.LineDetail) -> str:
    """Where an entry stands, or one use of a lot within it: two sealed ids."""
    entry = context.keys.seal.seal(Kind.ENTRY, detail.member_id, detail.seq)
    if not detail.lot_seq:
        return entry
    return f"{entry}.{context.keys.seal.seal(Kind.ENTRY, detail.member_id, detail.lot_seq)}"


def _behind(context: Context, after: str | None) -> tuple[int, int, int] | None:
    if after is None:
        return None
    entry, _, lot = after.partition(".")
    try:
        member_id, seq = context.keys.seal.open(Kind.ENTRY, entry)
        return member_id, seq, context.keys.seal.open(Kind.ENTRY, lot)[1] if lot else 0
    except NotAnId:
        raise bad_cursor() from None


@strawberry.enum(description="What a statement's line bills or pays.")
class StatementLineKind(Enum):
    ISSUANCE = strawberry.enum_value("ISSUANCE", description="Points the partner gave.")
    PROMOTION_ISSUANCE = strawberry.enum_value(
        "PROMOTION_ISSUANCE", description="Points it gave as its share of a joint promotion."
    )
    ISSUANCE_REVERSAL = strawberry.enum_value(
        "ISSUANCE_REVERSAL", description="Points that returns took back, at their own price."
    )
    SHORTFALL = strawberry.enum_value(
        "SHORTFALL",
        description="Returned points already spent; the description names who bears them.",
    )
    OWN_POINTS_REDEEMED = strawberry.enum_value(
        "OWN_POINTS_REDEEMED",
        description="Points it had given, spent at a brand: the part of them that is paid then.",
    )
    OWN_POINTS_REFUNDED = strawberry.enum_value(
        "OWN_POINTS_REFUNDED", description="The same, given back, at its own price."
    )
    FEE = strawberry.enum_value("FEE", description="What the operator charges.")
    REDEMPTION = strawberry.enum_value("REDEMPTION", description="Points spent with the partner.")
    REDEMPTION_REVERSAL = strawberry.enum_value(
        "REDEMPTION_REVERSAL", description="Refunded points, at their own price."
    )
    BREAKAGE_SHARE = strawberry.enum_value(
        "BREAKAGE_SHARE", description="Its share of what it paid for points that ended unspent."
    )
    ADJUSTMENT = strawberry.enum_value(
        "ADJUSTMENT", description="A correction; above zero in the partner's favour."
    )
    PREPAID = strawberry.enum_value(
        "PREPAID", description="Paid before, out of a pack; of periods before packs were billed."
    )
    PACK = strawberry.enum_value("PACK", description="A pack that was bought.")
    PACK_USED = strawberry.enum_value(
        "PACK_USED", description="Points out of packs, which were paid with these; below zero."
    )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="An entry behind a statement's line.")
class StatementLineDetail:
    id: strawberry.ID = strawberry.field(description="Opaque; the same for ever.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When it was written.")
    points: Points = strawberry.field(description="Its points; below zero where it takes back.")
    amount: MoneyType = strawberry.field(description="Its part of the line's amount.")
    reference: str | None = strawberry.field(
        description="The receipt: of the purchase that gave the points, or of the basket that they"
        " paid. Null where it is another brand's."
    )

    @classmethod
    def of(cls, cursor: str, detail: settlement.LineDetail) -> "StatementLineDetail":
        return cls(
            id=strawberry.ID(cursor),
            occurred_at=detail.occurred_at,
            recorded_at=detail.recorded_at,
            points=Points(detail.points),
            amount=MoneyType.of(detail.amount),
            reference=detail.reference,
        )


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="An entry behind a line in a list.")
class StatementLineDetailEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: StatementLineDetail = strawberry.field(description="The entry.")


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of the entries behind a line.")
class StatementLineDetailConnection:
    edges: list[StatementLineDetailEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The entries alone.")
    def nodes(self) -> list[StatementLineDetail]:
        return [edge.node for edge in self.edges]


@shown_to(*READS, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="One kind at one price, rounded once, half-even.")
class StatementLine:
    line: int = strawberry.field(description="Its place in the statement, from 1.")
    kind: StatementLineKind = strawberry.field(description="What it bills or pays.")
    description: str = strawberry.field(description="The same in words.")
    points: Points = strawberry.field(description="Summed; below zero where it takes back.")
    price: Decimal | None = strawberry.field(description="Money per point.")
    share: Decimal = strawberry.field(
        description="The part of the price that is due by this line, 0 to 1."
    )
    amount: MoneyType = strawberry.field(description="points x price x share.")
    entries: int = strawberry.field(description="How many entries it sums.")
    promotion: str | None = strawberry.field(description="The joint promotion that gave them.")
    record: strawberry.Private[settlement.StatementLineRecord]
    statement: strawberry.Private[settlement.StatementRecord]

    @strawberry.field(
        description="The label of the period that a line takes back from; null: from its own."
    )
    async def original_period(self, info: Info) -> str | None:
        number = self.record.original_period_id
        if number is None:
            return None
        async with info.context.reading() as connection:
            return (await ledger.labels_of_periods(connection, [number])).get(number)

    @strawberry.field(description="Since when the agreement has held that it is billed under.")
    def agreement_from(self, info: Info) -> datetime | None:
        number = self.record.agreement_id
        return None if number is None else info.context.terms.agreement(number).valid_from

    @strawberry.field(description="The brand where the partner's own points were spent.")
    def redeemer(self, info: Info) -> Partner | None:
        number = self.record.redeemer_id
        return None if number is None else Partner.numbered(info.context, number)

    @strawberry.field(
        description="The entries behind it, each with its part of the amount: the parts sum to the"
        " amount."
    )
    async def details(
        self, info: Info, first: First = None, after: After = None
    ) -> StatementLineDetailConnection:
        context = info.context
        behind = _behind(context, after)

        async def read(limit: int) -> list[settlement.LineDetail]:
            return await settlement.line_details(
                context.database, self.statement, self.record, after=behind, limit=limit
            )

        page, page_info = await page_of(first, after, read, lambda one: _cursor(context, one))
        return StatementLineDetailConnection(
            edges=[
                StatementLineDetailEdge(cursor=cursor, node=StatementLineDetail.of(cursor, one))
                for cursor, one in page
            ],
            page_info=page_info,
        )

    @classmethod
    def of(
        cls, statement: settlement.StatementRecord, record: settlement.StatementLineRecord
    ) -> "StatementLine":
        return cls(
            statement=statement,
            line=record.line,
            kind=StatementLineKind(record.kind),
            description=record.description,
            points=Points(record.points),
            price=record.price.normalize() if record.price is not None else None,
            share=record.share.normalize(),
            amount=MoneyType.of(record.amount),
            entries=record.entries,
            promotion=record.promotion,
            record=record,
        )
