"""How processes agree on one server: two files that are locked, never written.

`.users` is held shared by each process for as long as it uses the server. `.lock` is held alone
by whoever starts or stops it. The kernel gives both back when a process dies, however it dies,
so there is no list of users that could be wrong. Python opens files such that programs started
from here do not inherit them: a server that held the lock itself would never be stopped.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coalition.kit.embedded.errors import EmbeddedDatabaseError

# Longer than the longest start that another process may be waiting for.
PATIENCE_SECONDS = 180.0
_PAUSE_SECONDS = 0.02


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold `lock`: nobody else starts, stops or deletes the server meanwhile.

    FileNotFoundError says that its folder is gone.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        held = _open(lock)
        try:
            _wait_for(held, lock, deadline)
            # Whoever deletes the cluster deletes the lock too: what was waited for may be gone.
            if _is_still(held, lock):
                yield
                return
        finally:
            os.close(held)


def take_share(users: Path) -> int:
    """Count as a user of the server until the returned descriptor is closed."""
    share = _open(users)
    # Never waits: the only one who holds this file alone holds `.lock` as well, as we do now.
    fcntl.flock(share, fcntl.LOCK_SH)
    return share


def is_unused(users: Path) -> bool:
    """Whether no process, of whatever user, uses the server now."""
    probe = _open(users)
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(probe)
    return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _wait_for(held: int, lock: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedDatabaseError(
                    f"Another process has been starting or stopping the database for more than "
                    f"{PATIENCE_SECONDS:.0f} seconds: it holds {lock}. Find it (`fuser {lock}`), "
                    "end it, and try again."
                ) from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _is_still(held: int, lock: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(held), lock.stat())
    except FileNotFoundError:
        return False
