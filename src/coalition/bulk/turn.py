"""One worker's turn at one file: it is held by a lease, worked on, and given back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog

from coalition.access import ServerKeys, load_keys
from coalition.bulk.award import award_rows
from coalition.bulk.check import check_file
from coalition.bulk.held import Held, TakenAway
from coalition.bulk.rows import ReadRow
from coalition.kit.clock import Clock
from coalition.kit.errors import Unavailable
from coalition.partners import Office

# After so many batches another file has its turn: a small one does not wait for a large one.
BATCHES: Final = 50
_TRY_AGAIN = timedelta(seconds=60)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker brings along. `read_row_of`: the API's own reader of rows. `batches`: how many
    of them a turn has at most.
    """

    office: Office
    clock: Clock
    lease: timedelta
    read_row_of: Callable[[ServerKeys], ReadRow]
    is_stopping: Callable[[], bool]
    batches: int = BATCHES


@dataclass(frozen=True, slots=True)
class Turn:
    """What was done: `rows` awarded, replayed or rejected of a file."""

    bulk_id: int
    rows: int


async def take_turn(bench: Bench) -> Turn | None:
    """Work on the file that has waited longest; None when none waits.

    Raises `Unavailable`; whatever else goes wrong is raised after the file was put off.
    """
    database = bench.office.database
    rows = await database.call("claim_bulk_award", holder := uuid4(), bench.lease, bench.clock())
    if not rows:
        return None
    keys = await load_keys(database)
    held = Held.of(rows[0], holder, bench.lease, database, keys, bench.read_row_of(keys))
    try:
        if held.state == "CHECKING":
            await check_file(held, now=bench.clock())
            return Turn(held.id, 0)
        return Turn(held.id, await _award(held, bench))
    except TakenAway:
        return Turn(held.id, 0)  # cancelled meanwhile: its file is gone
    except Unavailable:
        raise
    except Exception:
        await held.put_off(
            "INTERNAL_SERVER_ERROR", "A fault of the server. It tries again by itself.", _TRY_AGAIN
        )
        raise
    finally:
        await held.give_back()


async def _award(held: Held, bench: Bench) -> int:
    done = batches = 0
    async for batch in held.batches():
        posted = await award_rows(bench.office, held, batch, now=bench.clock())
        if posted.stopped is not None:
            _log.warning("bulk award waits", bulk_award=held.public_id, code=posted.stopped.code)
            await held.put_off(posted.stopped.code, posted.stopped.message, _TRY_AGAIN)
        if posted.rows == 0:
            break
        done += posted.rows
        batches += 1
        _log.info(
            "bulk award", bulk_award=held.public_id, place=batch[-1].place, of=held.rows,
            state=posted.state,
        )  # fmt: skip
        if posted.state != "AWARDING" or bench.is_stopping() or batches >= bench.batches:
            break
    return done
