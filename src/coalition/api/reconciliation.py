"""Reconciliation to be looked at: files and differences. What is done about them is in
reconciliation_verbs.py; files come and go by HTTP (reconciliation_files.py).
"""

from datetime import datetime
from decimal import Decimal

import strawberry

from coalition import disputes, reconciliation
from coalition.access import ActorKind, Scope
from coalition.api.context import Context, Info
from coalition.api.node import Node
from coalition.api.partners import Partner
from coalition.api.reconciliation_words import (
    FoundBy,
    ReconciliationAction,
    ReconciliationClass,
    ReconciliationCompression,
    ReconciliationFileState,
    ReconciliationFormat,
    ReconciliationItemState,
    ReconciliationSide,
    RowKind,
)
from coalition.api.scalars import CurrencyCode, MoneyType, Points
from coalition.api.viewers import PARTNER_AND_OPERATOR, shown_to
from coalition.kit.amounts import Money
from coalition.kit.ids import Kind

SEEN = (
    Scope.RECONCILIATION_WRITE, Scope.SETTLEMENT_READ, Scope.OPERATOR_READ,
    Scope.SETTLEMENT_APPROVE,
)  # fmt: skip
_LEDGER_KINDS = {1: Kind.AWARD, 6: Kind.REDEMPTION}


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="All rows of one class on one side of a file.")
class ReconciliationSum:
    side: ReconciliationSide = strawberry.field(description="Which side.")
    row_class: ReconciliationClass = strawberry.field(name="class", description="Which class.")
    rows: int = strawberry.field(description="How many: items, or rows that agree.")
    ledger_points: Points = strawberry.field(description="Their points in the ledger, signed.")
    file_points: Points = strawberry.field(description="Their points in the file, signed.")
    value: MoneyType = strawberry.field(description="The money that hangs on them.")


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(
    description="Why the books differ: difference = missingAtPartner - missingInLedger + mismatches"
    " + unknown + timing + duplicatesInLedger - duplicatesInFile. In points, signed."
)
class ReconciliationIdentity:
    side: ReconciliationSide = strawberry.field(description="Which side.")
    ledger: Points = strawberry.field(description="The ledger's total.")
    file: Points = strawberry.field(description="The file's total.")
    difference: Points = strawberry.field(description="ledger - file.")
    missing_at_partner: Points = strawberry.field(description="In the ledger only.")
    missing_in_ledger: Points = strawberry.field(description="In the file only.")
    mismatches: Points = strawberry.field(description="In both, with other values.")
    unknown: Points = strawberry.field(description="With a member or store that is not known.")
    timing: Points = strawberry.field(description="In another period.")
    duplicates_in_ledger: Points = strawberry.field(description="In the ledger once too often.")
    duplicates_in_file: Points = strawberry.field(description="In the file once too often.")
    closes: bool = strawberry.field(description="Whether that is the whole difference.")


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A partner's file of a period, and what comparing it has found.")
class ReconciliationFile(Node):
    record: strawberry.Private[reconciliation.FileRecord]
    state: ReconciliationFileState = strawberry.field(description="Where it is.")
    period: str = strawberry.field(description='The label of its period, like "2017-01".')
    sequence: int | None = strawberry.field(
        description="Its number among the partner's files of the period, once it was taken."
    )
    missing_after: int | None = strawberry.field(
        description="The last number before those that were left out; null when none was."
    )
    format: ReconciliationFormat = strawberry.field(description="How it writes its rows.")
    compression: ReconciliationCompression = strawberry.field(description="How it is packed.")
    file_name: str | None = strawberry.field(description="As its partner called it.")
    upload_url: str = strawberry.field(
        description="Send the file here by PUT, with a token like this one."
    )
    results_url: str = strawberry.field(
        description="Its items, by GET: `format` csv or ndjson, once it was compared."
    )
    rows: int | None = strawberry.field(description="How many rows it has.")
    points: Decimal | None = strawberry.field(description="The plain sum of its points.")
    amount: Decimal | None = strawberry.field(description="The plain sum of its amounts.")
    sha256: str | None = strawberry.field(description="SHA-256 of the unpacked file.")
    told_up_to: datetime | None = strawberry.field(
        description="When it was made: what happened later is not compared."
    )
    taken_at: datetime | None = strawberry.field(description="When it had come whole.")
    reconciled_at: datetime | None = strawberry.field(description="When it had been compared.")

    @strawberry.field(description="Whose it is.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(description="What was found, by side and class; empty before that.")
    async def summary(self, info: Info) -> list[ReconciliationSum]:
        found = await _summary(info.context, self.record.id)
        currency = self.record.currency or ""
        return [
            ReconciliationSum(
                side=ReconciliationSide(side),
                row_class=ReconciliationClass(row_class.value),
                rows=one.items,
                ledger_points=Points(one.ledger_points),
                file_points=Points(one.file_points),
                value=MoneyType.of(Money(one.value, currency)),
            )
            for side, sums in (found.sums if found else {}).items()
            for row_class, one in sorted(sums.items())
            if one.items
        ]

    @strawberry.field(description="The identity of each side; empty before it was compared.")
    async def identities(self, info: Info) -> list[ReconciliationIdentity]:
        found = await _summary(info.context, self.record.id)
        return [
            ReconciliationIdentity(
                side=ReconciliationSide(side),
                ledger=Points(one.ledger),
                file=Points(one.file),
                difference=Points(one.difference),
                missing_at_partner=Points(one.missing_at_partner),
                missing_in_ledger=Points(one.missing_in_ledger),
                mismatches=Points(one.mismatches),
                unknown=Points(one.unknown),
                timing=Points(one.timing),
                duplicates_in_ledger=Points(one.duplicates_in_ledger),
                duplicates_in_file=Points(one.duplicates_in_file),
                closes=one.closes,
            )
            for side, one in (found.identities if found else {}).items()
        ]

    @classmethod
    def of(cls, context: Context, record: reconciliation.FileRecord) -> "ReconciliationFile":
        public_id = context.seal(Kind.RECONCILIATION_FILE, record.id)
        address = f"{context.server.settings.url}/reconciliation/files/{public_id}"
        return cls(
            id=public_id,
            record=record,
            state=ReconciliationFileState(record.state),
            period=record.period_label,
            sequence=record.sequence,
            missing_after=record.gap_after,
            format=ReconciliationFormat(record.format),
            compression=ReconciliationCompression(record.compression),
            file_name=record.file_name,
            upload_url=address,
            results_url=f"{address}/results",
            rows=record.rows,
            points=record.points,
            amount=record.amount,
            sha256=record.sha256.hex() if record.sha256 else None,
            told_up_to=record.file_created_at,
            taken_at=record.taken_at,
            reconciled_at=record.reconciled_at,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "ReconciliationFile | None":
        async with context.reading() as connection:
            record = (await reconciliation.files_at(connection, [number])).get(number)
        return cls.of(context, record) if record else None


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A difference between a partner's file and the ledger.")
class ReconciliationItem(Node):
    record: strawberry.Private[reconciliation.ItemRecord]
    file_id: strawberry.ID = strawberry.field(description="Of which `ReconciliationFile`.")
    row_class: ReconciliationClass = strawberry.field(name="class", description="What differs.")
    side: ReconciliationSide = strawberry.field(description="Which side.")
    kind: RowKind = strawberry.field(description="What kind of rows they are.")
    found_by: FoundBy = strawberry.field(description="How its rows were found to be the same.")
    reference: str = strawberry.field(description="The file's reference, else the ledger's.")
    lines: list[int] = strawberry.field(description="Lines of the file; empty: it has none.")
    ledger_ids: list[strawberry.ID] = strawberry.field(
        description="What stands in the ledger: awards, redemptions, or entries that take back."
    )
    ledger_points: Points = strawberry.field(description="In the ledger, signed.")
    file_points: Points = strawberry.field(description="In the file, signed.")
    ledger_amount: MoneyType | None = strawberry.field(description="In the ledger.")
    file_amount: MoneyType | None = strawberry.field(description="In the file.")
    occurred_at: datetime = strawberry.field(description="When it happened, as the file says.")
    value: MoneyType = strawberry.field(description="The money that hangs on it.")
    action: ReconciliationAction = strawberry.field(description="What is to be done by default.")
    state: ReconciliationItemState = strawberry.field(description="Where it is.")
    owner: str | None = strawberry.field(description="Who looks after it.")
    age_days: int = strawberry.field(description="Full days since the difference was first found.")
    opened_at: datetime = strawberry.field(description="When it was first found.")
    due_at: datetime = strawberry.field(description="Until when it is to be resolved.")
    resolved_at: datetime | None = strawberry.field(description="When it was resolved.")
    resolved_by: str | None = strawberry.field(
        description="The client that resolved it; `operator`, or `rule` for what terms decide."
    )
    note: str | None = strawberry.field(description="Why, in words.")

    @strawberry.field(description="Whose file it is about.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @strawberry.field(
        description="The ids of disputes that are, or were, about it, newest first; also of one"
        " that was opened about the same difference in the file before."
    )
    async def dispute_ids(self, info: Info) -> list[strawberry.ID]:
        asked = disputes.DisputeFilter(
            about_item=self.record.id, partner_id=info.context.actor.partner_id
        )
        async with info.context.reading() as connection:
            found = await disputes.list_disputes(connection, asked)
        return [info.context.seal(Kind.DISPUTE, one.id) for one in found]

    @strawberry.field(description="What this token's kind may do with it now.")
    def actions(self, info: Info) -> list[ReconciliationAction]:
        found = reconciliation.actions_for(self.record, info.context.actor.kind)
        return [ReconciliationAction(one.value) for one in found]

    @classmethod
    def of(cls, context: Context, record: reconciliation.ItemRecord) -> "ReconciliationItem":
        by = record.resolved_by
        if by is not None and context.actor.kind is ActorKind.PARTNER:
            by = by.partition(f"{reconciliation.OPERATOR}:")[1].rstrip(":") or by
        currency = record.value.currency
        return cls(
            id=context.seal(Kind.RECONCILIATION_ITEM, record.id),
            record=record,
            file_id=context.seal(Kind.RECONCILIATION_FILE, record.file_id),
            row_class=ReconciliationClass(record.row_class.value),
            side=ReconciliationSide(record.side),
            kind=RowKind(record.kind),
            found_by=FoundBy(record.found_by),
            reference=record.reference,
            lines=list(record.lines),
            ledger_ids=[
                context.seal(_LEDGER_KINDS.get(record.kind, Kind.ENTRY), record.member_id or 0, seq)
                for seq in record.seqs
            ],
            ledger_points=Points(record.ledger_points),
            file_points=Points(record.file_points),
            ledger_amount=_money(record.ledger_amount, currency),
            file_amount=_money(record.file_amount, record.file_currency),
            occurred_at=record.occurred_at,
            value=MoneyType.of(record.value),
            action=ReconciliationAction(record.action),
            state=ReconciliationItemState(record.state),
            owner=record.owner,
            age_days=max((context.now - record.opened_at).days, 0),
            opened_at=record.opened_at,
            due_at=record.due_at,
            resolved_at=record.resolved_at,
            resolved_by=by,
            note=record.note,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "ReconciliationItem | None":
        async with context.reading() as connection:
            record = (await reconciliation.items_at(connection, [number])).get(number)
        return cls.of(context, record) if record else None


async def _summary(context: Context, file_id: int) -> reconciliation.Summary | None:
    async with context.reading() as connection:
        return (await reconciliation.summaries_of(connection, [file_id])).get(file_id)


def _money(minor: int | None, currency: str | None) -> MoneyType | None:
    amount = reconciliation.units(minor, currency)
    if amount is None or currency is None:
        return None
    return MoneyType(amount=amount, currency=CurrencyCode(currency))
