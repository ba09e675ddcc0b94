"""Where the demo of a folder lives: a cluster of its own, a lock beside it, a server's log."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coalition.demo.errors import DemoStopped
from coalition.kit.config import Settings
from coalition.kit.embedded import default_root
from coalition.kit.embedded.account import account_for
from coalition.kit.embedded.places import Places, prepare_home


@dataclass(frozen=True, slots=True)
class Place:
    """`lock` is held while the demo or its server lives; None where the database is not ours."""

    cluster: str
    log: Path
    lock: int | None

    @property
    def till_log(self) -> Path:
        return self.log.with_suffix(".till.log")

    def note(self, text: str) -> None:
        """Leave word for whoever finds the lock held."""
        if self.lock is not None:
            os.ftruncate(self.lock, 0)
            os.pwrite(self.lock, text.encode(), 0)


def cluster_of(folder: Path) -> str:
    """One per folder, so that a demo touches no other data."""
    return f"demo-{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]}"


@contextmanager
def held_place(settings: Settings) -> Iterator[Place]:
    """The place of the demo of this folder, for one demo at a time. Raises `DemoStopped`."""
    cluster = cluster_of(Path.cwd())
    if settings.database_url is not None:
        handle, log = tempfile.mkstemp(prefix="coalition-demo-", suffix=".log")
        os.close(handle)
        place = Place(cluster, Path(log), None)
        yield place
        # Only what went well: errors name the log.
        place.log.unlink()
        place.till_log.unlink(missing_ok=True)
        return
    root = (settings.data_dir or default_root()).expanduser().resolve()
    places = Places(root / cluster)
    prepare_home(places, account_for(places.data))
    beside = root / f"{cluster}.lock"
    try:
        lock = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DemoStopped(
            f"{beside} cannot be written: {error}. Set COALITION_DATA_DIR to a folder of your own."
        ) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.pread(lock, 200, 0).decode(errors="replace") or "it does not say which"
            raise DemoStopped(
                f"A demo of this folder is running already ({who}). Stop that one first, or run"
                " this in another folder."
            ) from None
        yield Place(cluster, root / f"{cluster}.server.log", lock)
    finally:
        os.close(lock)
