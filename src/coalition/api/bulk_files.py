"""The files of bulk awards: sent by PUT, their results fetched by GET (files.py)."""

from collections.abc import AsyncIterator, Iterable

from starlette.responses import Response

from coalition import bulk
from coalition.access import Scope
from coalition.api.answers import answered
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.door import Door
from coalition.api.files import Come, Files, Manner, Table, as_rows
from coalition.api.quota import Quota
from coalition.kit.ids import Kind, Seal

_PAGE = 1000
_MANNER = Manner(
    path="/bulk/awards",
    kind=Kind.BULK_AWARD,
    sends=(Scope.POINTS_AWARD,),
    reads=(Scope.POINTS_AWARD, Scope.OPERATOR_READ),
    opened_by="createBulkAward",
    suspended="awards nothing",
    status={"BULK_AWARD_NOT_FOUND": 404, "BULK_AWARD_HAS_ITS_FILE": 409, "RESULTS_GONE": 410},
)
_TABLE = Table(
    "results",
    ("row", "line", "idempotencyKey", "purchaseReference", "outcome", "awardId", "points", "code",
     "message", "field"),
)  # fmt: skip


class BulkFiles(Files):
    """`/bulk/awards/...` of one server."""

    def __init__(self, server: Server, door: Door, quota: Quota) -> None:
        super().__init__(_MANNER, server, door, quota)

    async def _take(self, come: Come, pieces: AsyncIterator[bytes], most: int) -> Response:
        came = await bulk.take_file(
            self._server.office,
            actor=come.actor,
            bulk_id=come.number,
            pieces=pieces,
            most=most,
            now=self._server.clock(),
        )
        body = {"id": come.request.path_params["id"], "state": "CHECKING", "bytes": came}
        return answered(come.asking, 202, body)

    async def _results(self, come: Come) -> Response:
        only = come.request.query_params.get("only")
        if only not in {None, "rejected"}:
            raise NotWellFormed(400, "only, when it is given, is rejected.")
        async with self._server.database.reading(come.sight) as connection:
            found = (await bulk.bulk_awards_at(connection, [come.number])).get(come.number)
        if found is None:
            raise bulk.BulkAwardNotFound("No such bulk award of this partner.")
        if found.results_gone_at is not None:
            raise bulk.ResultsGone(f"The results were removed on {found.results_gone_at:%Y-%m-%d}.")
        pages = self._pages(come, found.id, only_rejected=only is not None)
        return as_rows(come, _TABLE, pages, {"X-Bulk-Award-State": found.state})

    async def _pages(
        self, come: Come, bulk_id: int, *, only_rejected: bool
    ) -> AsyncIterator[Iterable[tuple[object, ...]]]:
        """A short reading for each page: who fetches slowly holds no transaction open."""
        place = 0
        while True:
            async with self._server.database.reading(come.sight) as connection:
                page = await bulk.results_after(
                    connection, bulk_id, place=place, limit=_PAGE, only_rejected=only_rejected
                )
            if not page:
                return
            yield [_told(one, come.seal) for one in page]
            place = page[-1].place


def _told(one: bulk.RowResult, seal: Seal) -> tuple[object, ...]:
    return (
        one.place, one.line, one.idempotency_key, one.reference, one.outcome,
        None if one.award is None else seal.seal(Kind.AWARD, *one.award),
        None if one.points is None else str(one.points), one.code, one.message, one.field or None,
    )  # fmt: skip
