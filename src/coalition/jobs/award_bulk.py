"""Check and award files of purchases, a turn at a time."""

from coalition.api.bulk_rows import row_reader
from coalition.bulk import Bench, take_turn
from coalition.jobs.job import Desk


async def award_bulk(desk: Desk) -> str:
    bench = Bench(
        office=desk.office,
        clock=desk.clock,
        lease=desk.lease,
        read_row_of=row_reader,
        is_stopping=lambda: desk.is_stopping,
    )
    turn = await take_turn(bench)
    if turn is None:
        return ""
    return f"{turn.rows:,} rows awarded" if turn.rows else "a file checked"
