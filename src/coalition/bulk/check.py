"""Read a file to its end before a row of it is awarded: broken as a whole, it is rejected."""

from dataclasses import dataclass
from datetime import datetime

from coalition.bulk.create import MOST_ROWS
from coalition.bulk.errors import RowNotReadable
from coalition.bulk.held import Held, TakenAway
from coalition.bulk.rows import Reading, Row
from coalition.files import FileBroken, FileNotAsAnnounced
from coalition.kit.errors import Refusal

# A file of something else is not read to its end to say so of each row.
_GIVEN_UP_AFTER = 1000


@dataclass(slots=True)
class _Seen:
    readable: int = 0
    first_unreadable: Row | None = None


async def check_file(held: Held, *, now: datetime) -> None:
    """Its rows are then awarded, or it is rejected with the reason and the line. When the file
    is another's by now, or cancelled, nothing is done.
    """
    reading = held.reading()
    refusal: Refusal | None = None
    try:
        await _read(held, reading)
    except TakenAway:
        return
    except (FileBroken, FileNotAsAnnounced) as broken:
        refusal = broken
    await held.database.call(
        "end_bulk_check",
        held.id,
        held.holder,
        reading.rows if refusal is None else None,
        refusal and refusal.code,
        refusal and refusal.message,
        refusal.line if isinstance(refusal, FileBroken) else None,
        now,
    )


async def _read(held: Held, reading: Reading) -> None:
    seen = _Seen()
    async for rows in held.read(reading):
        for row in rows:
            if not isinstance(row.refusal, RowNotReadable):
                seen.readable += 1
            elif seen.first_unreadable is None:
                seen.first_unreadable = row
        if seen.readable == 0 and reading.rows >= _GIVEN_UP_AFTER:
            raise _unreadable(seen, f"None of the first {_GIVEN_UP_AFTER:,} rows")
        if reading.rows > MOST_ROWS:
            raise FileBroken(f"A file has at most {MOST_ROWS:,} rows. Send several.")
        await held.renew()
    if reading.rows == 0:
        raise FileBroken("The file holds no rows.")
    if held.announced_rows is not None and held.announced_rows != reading.rows:
        raise FileNotAsAnnounced(
            f"The file has {reading.rows:,} rows, and {held.announced_rows:,} were announced."
        )
    if seen.readable == 0:
        raise _unreadable(seen, "No row")


def _unreadable(seen: _Seen, which: str) -> FileBroken:
    first = seen.first_unreadable
    said = first.refusal.message if first and first.refusal else ""
    return FileBroken(
        f"{which} can be read. What is said of the first one: {said}",
        line=first.line if first else None,
    )
