"""Where a cluster's files are, and who may reach them.

A folder that was there before is never changed: neither its mode nor its owner. What is missing
is created, and only what was created here is given away.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from coalition.kit.embedded.account import Account, account_for
from coalition.kit.embedded.errors import EmbeddedDatabaseError

ROOT_FOR_ROOT = Path("/var/lib/coalition")
PORT = 5432

# sun_path has 104 bytes on macOS (108 on Linux), the last of them a zero.
LONGEST_SOCKET_PATH = 103
_SOCKET = f".s.PGSQL.{PORT}"

_LARGE_LOG = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one cluster."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def lock(self) -> Path:
        return self.home / ".lock"

    @property
    def users(self) -> Path:
        return self.home / ".users"

    @property
    def copies(self) -> Path:
        """The programs, where they had to be copied: shared by all clusters of one root."""
        return self.home.parent / "pg"


def default_root() -> Path:
    """Where clusters are kept when nobody says otherwise."""
    if os.geteuid() == 0:
        return ROOT_FOR_ROOT
    # The convention says that a relative path here is to be ignored.
    chosen = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (chosen if chosen.is_absolute() else Path.home() / ".local" / "share") / "coalition"


def prepare_home(places: Places, account: Account) -> None:
    """Create the cluster's folder and those above it, where `account` can reach them."""
    missing = []
    folder = places.home
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    if not account.can_enter(folder):
        raise EmbeddedDatabaseError(
            f"The database would be in {places.home}, but the user {account.name}, who runs "
            f"PostgreSQL, cannot enter {folder}. No folder's permissions are changed for this: "
            "set COALITION_DATA_DIR to a folder that this user can enter, for example "
            f"{ROOT_FOR_ROOT if os.geteuid() == 0 else default_root()}."
        )
    try:
        for new in reversed(missing):
            # Another process may join for the first time just now, too.
            with suppress(FileExistsError):
                _make(new, mode=0o755 if account.is_somebody_else else 0o700)
    except OSError as error:
        raise EmbeddedDatabaseError(
            f"The folder {places.home} for the database could not be created: {error}. Set "
            "COALITION_DATA_DIR to a folder you may write to, or COALITION_DATABASE_URL to a "
            "PostgreSQL of your own."
        ) from error


def check_owner(places: Places) -> None:
    """Refuse a cluster of another user: its files would end up with two owners."""
    owner = places.home.stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedDatabaseError(
            f"The database in {places.home} belongs to uid {owner}, and this process is uid "
            f"{os.geteuid()}. Run this as that user, or set COALITION_DATA_DIR to a folder of "
            "your own."
        )


def socket_directory(places: Places) -> Path:
    """Choose the folder of the server's socket, with a path that a socket may have."""
    if _fits(places.run):
        return places.run
    account = account_for(places.data)
    name = f"coalition-{hashlib.sha256(os.fsencode(places.home)).hexdigest()[:12]}"
    for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - owner and mode are checked
        if _fits(base / name) and base.is_dir() and account.can_enter(base):
            return base / name
    raise EmbeddedDatabaseError(
        f"The path {places.run} is too long for a socket ({LONGEST_SOCKET_PATH} bytes in all) or "
        f"holds a comma, and the user {account.name} has no short temporary folder either. Set "
        "COALITION_DATA_DIR to a shorter path."
    )


def private_folder(folder: Path, account: Account) -> None:
    """Have `folder`, open to `account` alone; refuse one that somebody else put there."""
    try:
        _make(folder, mode=0o700, owner=account)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
            raise EmbeddedDatabaseError(
                f"{folder} should be a folder of the user {account.name}, but is something else "
                "or belongs to another user. Remove it, or set COALITION_DATA_DIR elsewhere."
            ) from None
        folder.chmod(0o700)


def prepare_log(places: Places, account: Account) -> None:
    """Have a log that the server may write in a folder where it may create nothing."""
    if places.log.exists() and places.log.stat().st_size > _LARGE_LOG:
        places.log.replace(places.log.with_suffix(".log.1"))
    log = os.open(places.log, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        if account.is_somebody_else:
            os.fchown(log, account.uid, account.gid)
    finally:
        os.close(log)


def log_size(places: Places) -> int:
    return places.log.stat().st_size if places.log.exists() else 0


def log_since(places: Places, offset: int, *, lines: int) -> str:
    """Return the last lines the server wrote after `offset`."""
    if not places.log.exists():
        return ""
    size = log_size(places)
    # A log that is shorter than it was is a new one.
    begins = offset if offset <= size else 0
    with places.log.open("rb") as log:
        log.seek(max(begins, size - 16_384))
        text = log.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def remove_leftovers(places: Places) -> None:
    """Delete what a killed process left half made or half deleted."""
    for leftover in places.home.glob("data.*"):
        shutil.rmtree(leftover, ignore_errors=True)


def remove_everything(places: Places, socket_folder: Path) -> None:
    """Delete the cluster's files, and nothing that is not its own."""
    remove_leftovers(places)
    # Away at one stroke: half a data folder must not be taken for a database.
    if places.data.exists():
        places.data.rename(places.home / "data.deleted")
    remove_leftovers(places)
    shutil.rmtree(socket_folder, ignore_errors=True)
    shutil.rmtree(places.run, ignore_errors=True)
    for file in (places.log, places.log.with_suffix(".log.1"), places.users, places.lock):
        file.unlink(missing_ok=True)
    if not any(places.home.iterdir()):
        places.home.rmdir()


def _fits(folder: Path) -> bool:
    # Clients take a comma for the end of one host and the beginning of another.
    short = len(os.fsencode(folder / _SOCKET)) <= LONGEST_SOCKET_PATH
    return short and "," not in str(folder)


def _make(folder: Path, *, mode: int, owner: Account | None = None) -> None:
    folder.mkdir(mode=mode)
    # Once more, since the umask may have taken something away.
    folder.chmod(mode)
    if owner is not None and owner.is_somebody_else:
        os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
