"""Carry over the balances of another system: a file of lots, all of it or nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from asyncpg import Record

from coalition.access import Actor, Scope, require
from coalition.files import ContractBroken
from coalition.kit.errors import NotAllowed
from coalition.opening.contract import Lot, OpeningFile, Totals
from coalition.opening.errors import LotsCarriedBefore, MembersNotEarning, MembersUnknown
from coalition.partners import Office

# Rows of one call: enough that the trips do not count, few enough to be held.
_AT_ONCE: Final = 10_000
_STEP: Final = 256 * 1024
# Of all rows at once.
_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class OpeningRequest:
    """`format` CSV or NDJSON, `compression` NONE or GZIP; `enrol`: members that are not known."""

    format: str
    compression: str
    file_name: str
    enrol: bool


@dataclass(frozen=True, slots=True)
class OfIssuer:
    """What was carried over of one issuer. `paid`: its points are paid for; else when spent."""

    code: str
    lots: int
    points: int
    paid: bool


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """`repeated`: the same content had been carried over before, and nothing was done now."""

    opening_id: int
    repeated: bool
    source: str
    as_of: datetime
    issuers: tuple[OfIssuer, ...]
    members: int
    enrolled: int


async def carry_over(
    office: Office,
    *,
    actor: Actor,
    request: OpeningRequest,
    pieces: AsyncIterator[bytes],
    now: datetime,
) -> CarriedOver:
    """Post each lot of the file as an opening entry, in one transaction. The operator's.

    Raises what `pieces` raises, `NotAllowed`, `FileBroken` and what is one, `MembersUnknown`,
    `MembersNotEarning`, `LotsCarriedBefore`.
    """
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.partner_id is not None:
        raise NotAllowed("Balances are carried over by the operator.")
    terms, upload = await office.terms(), uuid4()
    file = OpeningFile(
        request.format, request.compression, terms.partners, today=terms.programme.today(now)
    )
    try:
        await _load(office, upload, file, pieces)
        return await _post(office, actor, request, upload, file, now)
    finally:
        # Refused, cut off or carried over: what was loaded has had its time.
        await asyncio.shield(office.database.call("drop_opening_rows", upload, now))


async def _load(
    office: Office, upload: UUID, file: OpeningFile, pieces: AsyncIterator[bytes]
) -> None:
    waiting: list[Lot] = []
    async for lots in _lots_of(file, pieces):
        waiting += lots
        if len(waiting) >= _AT_ONCE:
            await _add(office, upload, waiting)
            waiting = []
    if waiting:
        await _add(office, upload, waiting)


async def _add(office: Office, upload: UUID, lots: list[Lot]) -> None:
    columns = [list(column) for column in zip(*lots, strict=True)]
    await office.database.call("add_opening_rows", upload, *columns)


async def _lots_of(file: OpeningFile, pieces: AsyncIterator[bytes]) -> AsyncIterator[list[Lot]]:
    async for piece in pieces:
        for start in range(0, len(piece), _STEP):
            for lots in _each(file.feed(piece[start : start + _STEP])):
                yield lots
    for lots in _each(file.end()):
        yield lots


def _each(found: Iterator[list[Lot]]) -> Iterator[list[Lot]]:
    return (lots for lots in found if lots)


async def _post(
    office: Office, actor: Actor, request: OpeningRequest, upload: UUID, file: OpeningFile,
    now: datetime,
) -> CarriedOver:  # fmt: skip
    header = file.header
    if header is None:
        raise AssertionError("a file ends with a header or raises")
    if header.as_of > now:
        raise ContractBroken(f"asOf {header.as_of.isoformat()} is in the future.", line=1)
    # Into the period of asOf, or the next one that is open: today's always is.
    await office.open_periods([header.as_of, now])
    totals = list(file.totals.values())
    (row,) = await office.database.call(
        "post_opening", upload, header.source, header.as_of, request.file_name, file.sha256,
        request.enrol, [one.partner.id for one in totals], [one.lots for one in totals],
        [one.points for one in totals], [one.paid for one in totals], *actor.trace,
        seconds=_SECONDS,
    )  # fmt: skip
    _refuse(row)
    return CarriedOver(
        row["opening_id"], row["outcome"] == "REPEATED", header.source, header.as_of,
        tuple(_of_issuer(one) for one in totals), row["members"], row["enrolled"],
    )  # fmt: skip


def _of_issuer(totals: Totals) -> OfIssuer:
    return OfIssuer(totals.partner.code, totals.lots, totals.points, totals.paid)


def _refuse(row: Record) -> None:
    where = ", ".join(map(str, row["lines"] or ()))
    count: int = row["rows"]
    match row["outcome"]:
        case MembersUnknown.code:
            raise MembersUnknown(
                f"{count:,} rows name members that are not known (line {where}). Correct them, or"
                " ask that unknown members be enrolled (--enrol)."
            )
        case MembersNotEarning.code:
            raise MembersNotEarning(
                f"{count:,} rows name members that are closed, or cards that are blocked (line"
                f" {where}). Name them by another card, or leave them out."
            )
        case LotsCarriedBefore.code:
            raise LotsCarriedBefore(
                f"{count:,} lots stand in the file twice, or were carried over before (line"
                f" {where}). Leave them out."
            )
