"""A file of codes of a voucher or a gift card, one in a line, loaded in batches by the verb that
the API calls. Of the file no more than a batch is in memory.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from coalition.access import Actor, Scope, acting_partner
from coalition.catalogue.codes import checked_code
from coalition.catalogue.load_codes import MOST_CODES, load_codes
from coalition.files import Record, Records, Unpacking, cells_of
from coalition.kit.database import Sight
from coalition.kit.text import TextNotAllowed
from coalition.partners import Office

KNOWN = "CODE_KNOWN"
_NOT_ONE_CELL = "FILE_BROKEN"
_HEADER = "code"
_LONGEST_LINE = 4096
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """`line` from 1. The code itself is not told: it is worth money."""

    line: int
    code: str
    message: str


@dataclass(slots=True)
class LoadedCodeFile:
    """`known`: codes that the brand had loaded before, or that stand in the file twice. `told`: the
    first hundred of the lines that were refused for another reason.
    """

    loaded: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    told: list[RefusedLine] = field(default_factory=list)

    def refuse(self, line: int, code: str, message: str) -> None:
        self.refused[code] += 1
        if len(self.told) < _MOST_TOLD:
            self.told.append(RefusedLine(line, code, message))


async def load_code_file(
    office: Office,
    *,
    actor: Actor,
    reward_id: int,
    compression: str,
    pieces: AsyncIterator[bytes],
    dry_run: bool = False,
) -> LoadedCodeFile:
    """Every code that can be loaded is; the same file again loads nothing twice. Cut off in the
    middle, the same again does the rest.

    Raises `RewardNotFound`, `RewardTakesNoCodes`, `PartnerSuspended`, `FileBroken`.
    """
    found, seen = LoadedCodeFile(), set[bytes]()
    async for batch in _batches(compression, pieces, found):
        # A batch that is not kept is not known to the next one.
        codes = list(_first_ones(batch, seen, found)) if dry_run else batch
        if codes:
            await _load(office, actor, reward_id, codes, found, dry_run=dry_run)
    return found


def _first_ones(
    batch: list[tuple[int, str]], seen: set[bytes], found: LoadedCodeFile
) -> Iterator[tuple[int, str]]:
    """Those that do not stand further up in the file."""
    for line, code in batch:
        try:
            shortened = hashlib.sha256(checked_code(code).encode()).digest()
        except TextNotAllowed:
            yield line, code
            continue
        if shortened in seen:
            found.known += 1
        else:
            seen.add(shortened)
            yield line, code


async def _load(
    office: Office,
    actor: Actor,
    reward_id: int,
    batch: list[tuple[int, str]],
    found: LoadedCodeFile,
    *,
    dry_run: bool,
) -> None:
    async with AsyncExitStack() as stack:
        if dry_run:
            sight = Sight(partner_id=acting_partner(actor, Scope.CATALOGUE_WRITE))
            rehearsal = await stack.enter_async_context(office.database.rehearsing(sight))
            office = office.rehearsing(rehearsal)
        done = await load_codes(
            office, actor=actor, reward_id=reward_id, codes=[code for _, code in batch]
        )
    found.loaded += done.loaded
    for one in done.refused:
        if one.code == KNOWN:
            found.known += 1
        else:
            found.refuse(batch[one.place][0], one.code, one.message)


async def _batches(
    compression: str, pieces: AsyncIterator[bytes], found: LoadedCodeFile
) -> AsyncIterator[list[tuple[int, str]]]:
    """(line, code), as many as are loaded at once. Lines that are none are refused here."""
    unpacking = Unpacking(compression)
    records = Records(quoted=True, longest=_LONGEST_LINE)
    batch: list[tuple[int, str]] = []
    async for piece in pieces:
        for step in unpacking.feed(piece):
            for record in records.feed(step):
                _add(record, batch, found)
                if len(batch) == MOST_CODES:
                    yield batch
                    batch = []
    unpacking.end()
    for record in records.end():
        _add(record, batch, found)
    if batch:
        yield batch


def _add(record: Record, batch: list[tuple[int, str]], found: LoadedCodeFile) -> None:
    try:
        cells = cells_of(record)
    except ValueError:
        cells = []
    if len(cells) != 1:
        found.refuse(record.line, _NOT_ONE_CELL, "A line is one code, and nothing else.")
    elif record.line > 1 or cells[0].strip() != _HEADER:
        batch.append((record.line, cells[0]))
