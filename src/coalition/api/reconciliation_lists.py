"""Lists of reconciliation: a partner's files, and differences by what one looks for."""

from datetime import timedelta

import strawberry

from coalition import reconciliation
from coalition.api.arguments import After, First
from coalition.api.context import Info
from coalition.api.paging import PageInfo, page_of, place_behind
from coalition.api.reconciliation import SEEN, ReconciliationFile, ReconciliationItem
from coalition.api.reconciliation_words import (
    InState,
    OfClass,
    OfFile,
    OlderThan,
    Overdue,
    Unowned,
)
from coalition.api.viewers import PARTNER_AND_OPERATOR, seen_by, shown_to
from coalition.kit.ids import Kind


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A file in a list.")
class ReconciliationFileEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: ReconciliationFile = strawberry.field(description="The file.")


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of files, the latest first.")
class ReconciliationFileConnection:
    edges: list[ReconciliationFileEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The files alone.")
    def nodes(self) -> list[ReconciliationFile]:
        return [edge.node for edge in self.edges]


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="An item in a list.")
class ReconciliationItemEdge:
    cursor: str = strawberry.field(description="Go on behind this one.")
    node: ReconciliationItem = strawberry.field(description="The item.")


@shown_to(*SEEN, kinds=PARTNER_AND_OPERATOR)
@strawberry.type(description="A page of items, in the order in which they were found.")
class ReconciliationItemConnection:
    edges: list[ReconciliationItemEdge] = strawberry.field(description="With their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(description="The items alone.")
    def nodes(self) -> list[ReconciliationItem]:
        return [edge.node for edge in self.edges]


@strawberry.type
class ReconciliationQueries:
    @strawberry.field(
        description="A partner's own files, the operator all; the latest first.",
        metadata=seen_by(*SEEN, kinds=PARTNER_AND_OPERATOR),
    )
    async def reconciliations(
        self, info: Info, first: First = None, after: After = None
    ) -> ReconciliationFileConnection:
        context = info.context
        behind = place_behind(context, Kind.RECONCILIATION_FILE, after)

        async def read(limit: int) -> list[reconciliation.FileRecord]:
            async with context.reading() as connection:
                return await reconciliation.list_files(
                    connection, context.actor.partner_id,
                    before=behind[0] if behind else None, limit=limit,
                )  # fmt: skip

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.RECONCILIATION_FILE, record.id)
        )
        edges = [
            ReconciliationFileEdge(cursor=cursor, node=ReconciliationFile.of(context, record))
            for cursor, record in page
        ]
        return ReconciliationFileConnection(edges=edges, page_info=page_info)

    @strawberry.field(
        description="Differences: a partner's own, the operator's all, in the order in which they"
        " were found.",
        metadata=seen_by(*SEEN, kinds=PARTNER_AND_OPERATOR),
    )
    async def reconciliation_items(  # noqa: PLR0913 - one per filter
        self,
        info: Info,
        first: First = None,
        after: After = None,
        file_id: OfFile = None,
        row_class: OfClass = None,
        state: InState = None,
        older_than_days: OlderThan = None,
        *,
        overdue: Overdue = False,
        unowned: Unowned = False,
    ) -> ReconciliationItemConnection:
        context = info.context
        behind = place_behind(context, Kind.RECONCILIATION_ITEM, after)
        older = max(older_than_days, 0) if older_than_days is not None else None
        asked = reconciliation.ItemFilter(
            partner_id=context.actor.partner_id,
            file_id=None
            if file_id is None
            else context.keys.seal.number(Kind.RECONCILIATION_FILE, file_id),
            row_class=None if row_class is None else reconciliation.RowClass[row_class.name],
            state="open" if overdue and state is None else state and state.name.lower(),
            opened_before=None if older is None else context.now - timedelta(days=min(older, 9999)),
            due_before=context.now if overdue else None,
            without_owner=unowned,
        )

        async def read(limit: int) -> list[reconciliation.ItemRecord]:
            async with context.reading() as connection:
                return await reconciliation.list_items(
                    connection, asked, after=behind[0] if behind else None, limit=limit
                )

        page, page_info = await page_of(
            first, after, read, lambda record: context.seal(Kind.RECONCILIATION_ITEM, record.id)
        )
        edges = [
            ReconciliationItemEdge(cursor=cursor, node=ReconciliationItem.of(context, record))
            for cursor, record in page
        ]
        return ReconciliationItemConnection(edges=edges, page_info=page_info)
