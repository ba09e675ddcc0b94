"""A file that a worker holds for a while: read from the database, renewed, given back."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Self
from uuid import UUID

from asyncpg import Record

from coalition.access import Actor, ActorKind, Scope, ServerKeys
from coalition.bulk.queries import chunk_of
from coalition.bulk.rows import Reading, ReadRow, Row
from coalition.files import FileBroken, Unpacking
from coalition.kit.database import Database, Sight
from coalition.kit.errors import Unavailable
from coalition.kit.ids import Kind

# As many as one call of awardPointsBatch takes.
BATCH: Final = 1000


class TakenAway(Exception):
    """The file is another worker's by now, or it was cancelled."""


@dataclass(frozen=True, slots=True)
class Held:
    """`place`: of the first row that is not done. `public_id`: how its partner calls it."""

    id: int
    public_id: str
    partner_id: int
    actor: Actor
    format: str
    compression: str
    state: str
    upload: UUID
    chunks: int
    sha256: bytes
    announced_rows: int | None
    rows: int | None
    place: int
    holder: UUID
    lease: timedelta
    database: Database = field(repr=False)
    read_row: ReadRow = field(repr=False)

    @classmethod
    def of(
        cls, row: Record, holder: UUID, lease: timedelta, database: Database, keys: ServerKeys,
        read_row: ReadRow,
    ) -> Self:  # fmt: skip
        # Each turn is a request of its own in the log and the ledger: those are looked up by the
        # moment that their id tells, and a file may wait for hours.
        actor = Actor(
            ActorKind.PARTNER, row["client_id"], frozenset({Scope.POINTS_AWARD}),
            partner_id=row["partner_id"], store_code=row["store_code"],
            terminal_code=row["terminal_code"],
        )  # fmt: skip
        return cls(
            id=row["id"], public_id=keys.seal.seal(Kind.BULK_AWARD, row["id"]),
            partner_id=row["partner_id"], actor=actor, format=row["format"],
            compression=row["compression"], state=row["state"], upload=row["upload"],
            chunks=row["chunks"], sha256=row["sha256"], announced_rows=row["announced_rows"],
            rows=row["rows"], place=row["next_place"], holder=holder, lease=lease,
            database=database, read_row=read_row,
        )  # fmt: skip

    def reading(self) -> Reading:
        return Reading(self.format, self.read_row, lambda place: f"{self.public_id}:{place}")

    async def read(self, reading: Reading, *, behind: int = 0) -> AsyncIterator[list[Row]]:
        """The rows after place `behind`, a few thousand at a time, and the whole file to its end.

        Raises `FileBroken` and what is one, `TakenAway`.
        """
        unpacking, digest = Unpacking(self.compression), hashlib.sha256()
        for place in range(self.chunks):
            chunk = await self._chunk(place)
            digest.update(chunk)
            for step in unpacking.feed(chunk):
                # In a thread: a server that also works on files goes on answering.
                yield await asyncio.to_thread(
                    reading.rows_of, reading.records.feed(step), behind=behind
                )
        unpacking.end()
        if digest.digest() != self.sha256:
            raise FileBroken("What is stored is not what was sent. Send the file again, please.")
        yield reading.rows_of(reading.records.end(), behind=behind)

    async def batches(self) -> AsyncIterator[list[Row]]:
        """The rows that are not done, in batches."""
        waiting: list[Row] = []
        async for rows in self.read(self.reading(), behind=self.place - 1):
            waiting += rows
            while len(waiting) >= BATCH:
                yield waiting[:BATCH]
                del waiting[:BATCH]
        if waiting:
            yield waiting

    async def renew(self) -> None:
        """Raises `TakenAway`."""
        (row,) = await self.database.call("renew_bulk_lease", self.id, self.holder, self.lease)
        if not row["held"]:
            raise TakenAway

    async def put_off(self, code: str, reason: str, wait: timedelta) -> None:
        """Give the file back and say why it could not go on."""
        await self._release(code, reason, wait)

    async def give_back(self) -> None:
        """Whoever cannot be told is found out by the end of the lease."""
        with suppress(Unavailable):
            await self._release(None, None, timedelta())

    async def _release(self, code: str | None, reason: str | None, wait: timedelta) -> None:
        await self.database.call("release_bulk_award", self.id, self.holder, code, reason, wait)

    async def _chunk(self, place: int) -> bytes:
        async with self.database.reading(Sight(partner_id=self.partner_id)) as connection:
            found = await chunk_of(connection, self.id, self.upload, place)
        if found is None:
            raise TakenAway
        return found
