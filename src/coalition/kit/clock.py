"""What time it is, asked in one place so that a test can say.

Business rules never call a clock: the moment comes to them as an argument. The ledger's own
`recorded_at` is always the database's clock and cannot be given from outside.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
