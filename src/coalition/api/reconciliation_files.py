"""The files of reconciliation: sent by PUT, the items of a file fetched by GET (files.py)."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from starlette.responses import Response

from coalition import reconciliation
from coalition.access import Scope
from coalition.api.answers import answered
from coalition.api.context import Server
from coalition.api.door import Door
from coalition.api.files import Come, Files, Manner, Table, as_rows
from coalition.api.quota import Quota
from coalition.api.reconciliation import SEEN
from coalition.kit.ids import Kind

# A file of so many rows is compared before the answer; a larger one waits for its turn.
AT_ONCE: Final = 20_000
_PAGE = 1000
_MANNER = Manner(
    path="/reconciliation/files",
    kind=Kind.RECONCILIATION_FILE,
    sends=(Scope.RECONCILIATION_WRITE,),
    reads=SEEN,
    opened_by="createReconciliationFile",
    suspended="reconciles nothing",
    status={
        "RECONCILIATION_FILE_NOT_FOUND": 404,
        "RECONCILIATION_FILE_TAKEN": 409,
        "RECONCILIATION_SEQUENCE_REUSED": 409,
        "RECONCILIATION_SEQUENCE_OUTDATED": 409,
    },
)
_KINDS = {number: name for name, number in reconciliation.KINDS.items()}
_TABLE = Table(
    "items",
    ("class", "side", "kind", "reference", "lines", "occurredAt", "ledgerPoints", "filePoints",
     "ledgerAmount", "fileAmount", "fileCurrency", "value", "currency", "foundBy", "action",
     "state", "owner", "openedAt", "dueAt", "resolvedAt", "note"),
    frozenset({"ledgerPoints", "filePoints"}),
)  # fmt: skip


class ReconciliationFiles(Files):
    """`/reconciliation/files/...` of one server."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        super().__init__(_MANNER, server, door, quota)

    async def _take(self, come: Come, pieces: AsyncIterator[bytes], most: int) -> Response:
        office, now = self._server.office, self._server.clock()
        taken = await reconciliation.take_file(
            office, actor=come.actor, file_id=come.number, pieces=pieces, most=most, now=now
        )
        compared = taken.repeated or taken.rows <= AT_ONCE
        if compared and not taken.repeated:
            await reconciliation.run_reconciliation(
                office, actor=come.actor, file_id=taken.file_id, now=now
            )
        body = {
            "id": come.seal.seal(Kind.RECONCILIATION_FILE, taken.file_id),
            "state": "RECONCILED" if compared else "TAKEN",
            "repeated": taken.repeated,
            "rows": taken.rows,
            "missingAfter": taken.gap_after,
        }
        return answered(come.asking, 200 if compared else 202, body)

    async def _results(self, come: Come) -> Response:
        async with self._server.database.reading(come.sight) as connection:
            found = (await reconciliation.files_at(connection, [come.number])).get(come.number)
        if found is None:
            raise reconciliation.ReconciliationFileNotFound(
                "No such reconciliation file of this partner."
            )
        headers = {"X-Reconciliation-State": found.state}
        return as_rows(come, _TABLE, self._pages(come, found.id), headers)

    async def _pages(self, come: Come, file_id: int) -> AsyncIterator[Iterable[tuple[object, ...]]]:
        """A short reading for each page: who fetches slowly holds no transaction open."""
        after = 0
        asked = reconciliation.ItemFilter(file_id=file_id)
        while True:
            async with self._server.database.reading(come.sight) as connection:
                page = await reconciliation.list_items(connection, asked, after=after, limit=_PAGE)
            if not page:
                return
            yield [_told(one) for one in page]
            after = page[-1].id


def _told(one: reconciliation.ItemRecord) -> tuple[object, ...]:
    ledger = reconciliation.units(one.ledger_amount, one.value.currency)
    file = reconciliation.units(one.file_amount, one.file_currency)
    return (
        one.row_class.value, one.side, _KINDS[one.kind], one.reference,
        " ".join(map(str, one.lines)), one.occurred_at.isoformat(), str(one.ledger_points),
        str(one.file_points), None if ledger is None else str(ledger),
        None if file is None else str(file), one.file_currency, str(one.value.amount),
        one.value.currency, one.found_by, one.action, one.state.upper(), one.owner,
        one.opened_at.isoformat(), one.due_at.isoformat(),
        one.resolved_at and one.resolved_at.isoformat(), one.note,
    )  # fmt: skip
