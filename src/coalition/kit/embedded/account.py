"""Which user of the operating system runs the server, and how to run a program as that user.

PostgreSQL refuses to run as root. An ordinary user runs the server as themselves; root hands it
to a user who owns nothing else.
"""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coalition.kit.embedded.errors import EmbeddedDatabaseError

OWN_USER = "coalition"
FALLBACK_USERS = ("postgres", "nobody")

# The server outlives this process and may be read by its user, so it gets none of our secrets;
# and a PGPORT or PGDATA meant for another server must not reach this one.
_ENVIRONMENT_TO_KEEP = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_SBIN = "/usr/sbin:/sbin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @property
    def is_somebody_else(self) -> bool:
        return self.uid != os.geteuid()

    def run(
        self, command: Sequence[str | Path], *, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, and return what it said whether it succeeded or not."""
        environment = {k: os.environ[k] for k in _ENVIRONMENT_TO_KEEP if k in os.environ}
        switch = self.is_somebody_else
        return subprocess.run(  # noqa: S603 - a list without a shell; no part of it comes from users
            command,
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            # The server inherits this: a folder that its user cannot enter would stop it, and
            # any other could not be unmounted while it runs.
            cwd="/",
            # English, since what the server says is read here as well.
            env=environment | {"LC_ALL": "C"},
            user=self.uid if switch else None,
            group=self.gid if switch else None,
            extra_groups=[] if switch else None,
        )

    def can_run(self, program: Path) -> bool:
        """Whether this user can execute `program`, found by asking it for its version."""
        try:
            return self.run([program, "--version"], timeout=30).returncode == 0
        except OSError:
            return False

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can reach what is inside `folder`.

        Asked of the system, because modes alone do not know about ACLs and containers.
        """
        if not self.is_somebody_else:
            return os.access(folder, os.X_OK)
        try:
            return (
                self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], timeout=30).returncode == 0
            )
        except OSError as error:
            raise EmbeddedDatabaseError(
                f"Root could not start a program as the user {self.name} ({error}). PostgreSQL "
                "does not run as root. Run this as an ordinary user, or set "
                "COALITION_DATABASE_URL to a PostgreSQL of your own."
            ) from error


def account_for(data: Path) -> Account:
    """Choose who runs the server on `data`: its owner, if it exists, so that it never changes."""
    if os.geteuid() != 0:
        return _account_of(os.geteuid(), os.getegid())
    try:
        owner = data.stat()
    except FileNotFoundError:
        return _account_for_root()
    if owner.st_uid == 0:
        raise EmbeddedDatabaseError(
            f"The data folder {data} belongs to root, and PostgreSQL does not run as root. Give "
            f"it back to the user it had before (chown -R), or set COALITION_DATA_DIR to an empty "
            "folder to begin anew."
        )
    return _account_of(owner.st_uid, owner.st_gid)


def _account_of(uid: int, gid: int) -> Account:
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        # Containers run users who have no name.
        name = f"uid {uid}"
    return Account(name, uid, gid)


def _account_for_root() -> Account:
    if own := _find(OWN_USER) or _create_own_user():
        return own
    for name in FALLBACK_USERS:
        if found := _find(name):
            return found
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and there is no user to run it as: `useradd` could not "
        f"create {OWN_USER}, and neither {' nor '.join(FALLBACK_USERS)} exists. Create a user "
        f"called {OWN_USER}, run this as an ordinary user, or set COALITION_DATABASE_URL to a "
        "PostgreSQL of your own."
    )


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    # A second name for root would bring us back to where we began.
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None


def _create_own_user() -> Account | None:
    # Not every login of root has sbin on its PATH.
    useradd = shutil.which("useradd") or shutil.which("useradd", path=_SBIN)
    if useradd is None:
        return None
    nologin = shutil.which("nologin", path=_SBIN) or "/usr/sbin/nologin"
    command = [useradd, "--system", "--no-create-home", "--shell", nologin, OWN_USER]
    for _ in range(3):
        try:
            subprocess.run(  # noqa: S603 - fixed words; the path was found in the system's folders
                command, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if created := _find(OWN_USER):
            return created
        # Another process may hold the lock on the list of users, perhaps to do the same.
        time.sleep(0.1)
    return None
