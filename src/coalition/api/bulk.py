"""Bulk awards: opened, watched and cancelled here; their files come and go by HTTP (files.py)."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import bulk
from coalition.access import Scope
from coalition.api.arguments import After, Asked, First
from coalition.api.context import Context, Info
from coalition.api.errors import RefusalBecomesPayload, UserError
from coalition.api.node import Node
from coalition.api.paging import PageInfo, bad_cursor, page_of, place_behind
from coalition.api.partners import Partner
from coalition.api.scalars import Points
from coalition.api.viewers import PARTNER_AND_OPERATOR, PARTNERS, seen_by, shown_to
from coalition.kit.ids import Kind, NotAnId

_SEEN = (Scope.POINTS_AWARD, Scope.OPERATOR_READ)


@strawberry.enum(description="How a file writes its rows.")
class BulkFormat(Enum):
    NDJSON = strawberry.enum_value(
        "NDJSON", description="A JSON object like `AwardPointsInput` on each line."
    )
    CSV = strawberry.enum_value("CSV", description="RFC 4180, with a header (docs/bulk.md).")


@strawberry.enum(description="How a file is packed.")
class BulkCompression(Enum):
    NONE = strawberry.enum_value("NONE", description="Not at all.")
    GZIP = strawberry.enum_value("GZIP", description="With gzip (RFC 1952).")


@strawberry.enum(description="Where a bulk award is.")
class BulkAwardState(Enum):
    UPLOADING = strawberry.enum_value("UPLOADING", description="Its file has not come whole yet.")
    CHECKING = strawberry.enum_value(
        "CHECKING", description="The file is read to its end; nothing is awarded yet."
    )
    AWARDING = strawberry.enum_value("AWARDING", description="Row by row is awarded.")
    DONE = strawberry.enum_value("DONE", description="Every row was awarded, replayed or rejected.")
    REJECTED = strawberry.enum_value(
        "REJECTED", description="The file as a whole cannot be read: nothing was awarded."
    )
    CANCELLED = strawberry.enum_value(
        "CANCELLED", description="Stopped by its partner; what had been awarded stands."
    )


@shown_to(*_SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="Why a file was rejected, or for what it waits.")
class BulkAwardReason:
    code: str = strawberry.field(description="Stable; made for programs (docs/errors.md).")
    message: str = strawberry.field(description="In words.")
    line: int | None = strawberry.field(
        description="The line of the unpacked file, from 1; null when it is no line's fault."
    )


@shown_to(*_SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A file of purchases and what becomes of it.")
class BulkAward(Node):
    record: strawberry.Private[bulk.BulkRecord]
    state: BulkAwardState = strawberry.field(description="Where it is.")
    format: BulkFormat = strawberry.field(description="How the file writes its rows.")
    compression: BulkCompression = strawberry.field(description="How the file is packed.")
    file_name: str | None = strawberry.field(description="As its partner called the file.")
    upload_url: str = strawberry.field(
        description="Send the file here by PUT, with a token like this one."
    )
    results_url: str = strawberry.field(
        description="What came of each row that is done, by GET: `format` ndjson or csv, `only`"
        " rejected."
    )
    rows: int | None = strawberry.field(description="Rows of the file; null until it was checked.")
    done: int = strawberry.field(description="Rows that were awarded, replayed or rejected.")
    awarded: int = strawberry.field(description="Rows awarded.")
    replayed: int = strawberry.field(description="Rows that had been awarded before.")
    rejected: int = strawberry.field(description="Rows refused.")
    points: Points = strawberry.field(description="Points of the rows awarded.")
    reason: BulkAwardReason | None = strawberry.field(
        description="Why it was rejected or, while it is awarded, for what it waits."
    )
    created_at: datetime = strawberry.field(description="When it was opened.")
    started_at: datetime | None = strawberry.field(description="When work on the file began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")

    @strawberry.field(description="Whose it is.")
    def partner(self, info: Info) -> Partner:
        return Partner.numbered(info.context, self.record.partner_id)

    @classmethod
    def of(cls, context: Context, record: bulk.BulkRecord) -> "BulkAward":
        public_id = context.seal(Kind.BULK_AWARD, record.id)
        address = f"{context.server.settings.url}/bulk/awards/{public_id}"
        reason = None
        if record.reason_code is not None:
            reason = BulkAwardReason(
                code=record.reason_code, message=record.reason or "", line=record.reason_line
            )
        return cls(
            id=public_id,
            record=record,
            state=BulkAwardState(record.state),
            format=BulkFormat(record.format),
            compression=BulkCompression(record.compression),
            file_name=record.file_name,
            upload_url=address,
            results_url=f"{address}/results",
            rows=record.rows,
            done=record.awarded + record.replayed + record.rejected,
            awarded=record.awarded,
            replayed=record.replayed,
            rejected=record.rejected,
            points=Points(record.points),
            reason=reason,
            created_at=record.created_at,
            started_at=record.started_at,
            finished_at=record.finished_at,
        )

    @classmethod
    async def numbered(cls, context: Context, number: int) -> "BulkAward | None":
        async with context.reading() as connection:
            record = (await bulk.bulk_awards_at(connection, [number])).get(number)
        return cls.of(context, record) if record else None


@shown_to(*_SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A bulk award in a list.")
class BulkAwardEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: BulkAward = strawberry.field(description="The bulk award.")


@shown_to(*_SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of bulk awards, the latest first.")
class BulkAwardConnection:
    edges: list[BulkAwardEdge] = strawberry.field(description="Bulk awards with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The bulk awards alone.")
    def nodes(self) -> list[BulkAward]:
        return [edge.node for edge in self.edges]


@strawberry.input(description="A file that will be sent.")
class CreateBulkAwardInput:
    idempotency_key: str = strawberry.field(description="As in `awardPoints`.")
    format: BulkFormat = strawberry.field(description="How it writes its rows.")
    compression: BulkCompression = strawberry.field(
        default=BulkCompression.NONE, description="How it is packed."
    )
    file_name: str | None = strawberry.field(
        default=None, description="What you call it, for showing."
    )
    sha256: str | None = strawberry.field(
        default=None,
        description="SHA-256 of the file as it is sent, in hexadecimal; what comes and has another"
        " is not taken.",
    )
    rows: int | None = strawberry.field(
        default=None, description="How many rows it has; with others it is rejected."
    )

    def to_request(self) -> bulk.BulkRequest:
        return bulk.BulkRequest(
            self.idempotency_key,
            self.format.name,
            self.compression.name,
            self.file_name,
            self.sha256,
            self.rows,
        )


@strawberry.input(description="Which bulk award to stop.")
class CancelBulkAwardInput:
    bulk_award_id: strawberry.ID = strawberry.field(description="Its id.")


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="The bulk award to which a file can be sent now.")
class CreateBulkAwardPayload:
    bulk_award: BulkAward | None = strawberry.field(description="Null when refused.")
    replayed: bool = strawberry.field(description="Whether this key had been answered before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CreateBulkAwardPayload":
        return cls(bulk_award=None, replayed=False, user_errors=errors)


@shown_to(Scope.POINTS_AWARD, kinds=PARTNERS)
@strawberry.type(description="The bulk award of which no further row is awarded.")
class CancelBulkAwardPayload:
    bulk_award: BulkAward | None = strawberry.field(description="Null when refused.")
    already_cancelled: bool = strawberry.field(description="Whether it had been cancelled before.")
    user_errors: list[UserError] = strawberry.field(description="Empty on success.")

    @classmethod
    def refused(cls, errors: list[UserError]) -> "CancelBulkAwardPayload":
        return cls(bulk_award=None, already_cancelled=False, user_errors=errors)


@strawberry.type
class BulkQueries:
    @strawberry.field(
        description="A partner's own bulk awards, the operator all; the latest first.",
        metadata=seen_by(*_SEEN, kinds=PARTNER_AND_OPERATOR),
    )
    async def bulk_awards(
        self, info: Info, first: First = None, after: After = None
    ) -> BulkAwardConnection:
        context = info.context
        behind = place_behind(context, Kind.BULK_AWARD, after)

        async def read(limit: int) -> list[bulk.BulkRecord]:
            async with context.reading() as connection:
                if behind is not None and not await bulk.bulk_awards_at(connection, behind[:1]):
                    raise bad_cursor()
                return await bulk.list_bulk_awards(
                    connection,
                    context.actor.partner_id,
                    before=behind[0] if behind else None,
                    limit=limit,
                )

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.BULK_AWARD, record.id)
        )
        edges = [
            BulkAwardEdge(cursor=cursor, node=BulkAward.of(context, record))
            for cursor, record in page
        ]
        return BulkAwardConnection(edges=edges, page_info=page_info)


@strawberry.type
class BulkMutations:
    @strawberry.mutation(
        description="Open a bulk award: send its file to `uploadUrl` then. It is checked as a"
        " whole and awarded row by row by a worker.",
        extensions=[RefusalBecomesPayload(CreateBulkAwardPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def create_bulk_award(
        self, info: Info, input: Asked[CreateBulkAwardInput]
    ) -> CreateBulkAwardPayload:
        context = info.context
        created = await bulk.create_bulk_award(
            context.office, actor=context.actor, request=input.to_request(), now=context.now
        )
        return CreateBulkAwardPayload(
            bulk_award=await BulkAward.numbered(context, created.bulk_id),
            replayed=created.replayed,
            user_errors=[],
        )

    @strawberry.mutation(
        description="Stop a bulk award for good. What it has awarded stands.",
        extensions=[RefusalBecomesPayload(CancelBulkAwardPayload)],
        metadata=seen_by(Scope.POINTS_AWARD, kinds=PARTNERS),
    )
    async def cancel_bulk_award(
        self, info: Info, input: Asked[CancelBulkAwardInput]
    ) -> CancelBulkAwardPayload:
        context = info.context
        try:
            number, _ = context.keys.seal.open(Kind.BULK_AWARD, input.bulk_award_id)
        except NotAnId:
            number = 0
        already = await bulk.cancel_bulk_award(
            context.office, actor=context.actor, bulk_id=number, now=context.now
        )
        return CancelBulkAwardPayload(
            bulk_award=await BulkAward.numbered(context, number),
            already_cancelled=already,
            user_errors=[],
        )
