"""One server on one data folder: created, started, stopped. Who may do so is decided elsewhere.

Every call here belongs to whoever holds the cluster's lock.
"""

import os
import re
import shlex
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from coalition.kit.embedded.account import Account, account_for
from coalition.kit.embedded.binaries import Binaries, find_binaries, reachable_binaries
from coalition.kit.embedded.errors import EmbeddedDatabaseError
from coalition.kit.embedded.places import (
    PORT,
    Places,
    log_since,
    log_size,
    prepare_log,
    private_folder,
    remove_leftovers,
    socket_directory,
)
from coalition.kit.embedded.postmaster import (
    Postmaster,
    is_durable,
    remove_stale_files,
    running_postmaster,
)

SUPERUSER = "postgres"

# After kill -9 of a server, its children and its socket need a moment to go away.
_RESTART_SECONDS = 10.0
# A server that recovers from a crash reads its log first, which may be long.
_RECOVERY_SECONDS = 120
_STOP_SECONDS = 60
_PAUSE_SECONDS = 0.1
_FIRST_BUILTIN_LOCALE = 17

_WORTH_RETRYING = re.compile(
    r"pre-existing shared memory block"
    r'|lock file ".*" already exists'
    r'|(lock|PID) file ".*" is empty'
    r"|Is another postmaster already running"
)

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    # Our statements are short: compiling them costs more than it gains.
    "jit": "off",
    # The same everywhere, wherever the computer stands.
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_SETTINGS_WHEN_NOTHING_MUST_LAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True)
class Server:
    """The server of `places`, run by `wanted_binaries` or by those that are found."""

    places: Places
    wanted_binaries: Path | None
    durable: bool

    def bring_up(self) -> Postmaster:
        """Return the running server, after starting it if there is none."""
        gives_up = time.monotonic() + _RESTART_SECONDS
        said = "it started, but nothing of it is to be seen"
        while True:
            if (running := self._await_readiness()) is not None:
                self._check_durability()
                return running
            if time.monotonic() > gives_up:
                break
            log_begins = log_size(self.places)
            result = self._start()
            if result.returncode == 0:
                continue
            said = _said(result)
            if not _WORTH_RETRYING.search(said + log_since(self.places, log_begins, lines=50)):
                break
            time.sleep(_PAUSE_SECONDS)
        raise EmbeddedDatabaseError(
            f"PostgreSQL did not start on {self.places.data}: {said}\n{self._end_of_log()}\n"
            "Mend what it complains about, or set COALITION_DATA_DIR to an empty folder to begin "
            "anew, or COALITION_DATABASE_URL to a PostgreSQL of your own."
        )

    def stop(self) -> None:
        """Stop the server if it runs; connections that are still open are closed."""
        if running_postmaster(self.places.data) is None:
            return
        account = account_for(self.places.data)
        binaries = self._binaries(account)
        # A server told to stop while it recovers from a crash may never get there (seen with
        # 18.6). Stopping at once loses nothing: it recovers from its log at the next start.
        for manner in ("fast", "immediate"):
            result = self._pg_ctl(binaries, account, "stop", "-m", manner, "-t", str(_STOP_SECONDS))
            if result.returncode == 0:
                return
        if result.returncode != 0 and (left := running_postmaster(self.places.data)):
            raise EmbeddedDatabaseError(
                f"The server on {self.places.data} (pid {left.pid}) did not stop: "
                f"{_said(result)}\n{self._end_of_log()}\nEnd it with `kill -INT {left.pid}`."
            )

    def _await_readiness(self) -> Postmaster | None:
        """Return the server once it answers, or None if there is none, or none any more."""
        gives_up = time.monotonic() + _RECOVERY_SECONDS
        while (running := running_postmaster(self.places.data)) is not None:
            if running.is_ready:
                return running
            if time.monotonic() > gives_up:
                raise EmbeddedDatabaseError(
                    f"The server on {self.places.data} (pid {running.pid}) has neither become "
                    f"ready nor ended within {_RECOVERY_SECONDS} seconds.\n{self._end_of_log()}\n"
                    "If it recovers from a crash, wait and try again."
                )
            time.sleep(_PAUSE_SECONDS)
        return None

    def _start(self) -> subprocess.CompletedProcess[str]:
        account = account_for(self.places.data)
        binaries = self._binaries(account)
        self._have_data(binaries, account)
        sockets = socket_directory(self.places)
        private_folder(sockets, account)
        prepare_log(self.places, account)
        remove_stale_files(self.places.data, sockets)
        # Between quotes, or a comma would make two folders of one.
        settings = _SETTINGS | {"unix_socket_directories": f'"{sockets}"'}
        if not self.durable:
            settings |= _SETTINGS_WHEN_NOTHING_MUST_LAST
        # On the command line, where nothing written into the data folder can overrule it.
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        wait, log = str(_RECOVERY_SECONDS), self.places.log
        return self._pg_ctl(
            binaries, account, "start", "-t", wait, "-l", log, "-o", shlex.join(options)
        )

    def _pg_ctl(
        self, binaries: Binaries, account: Account, *arguments: str | Path
    ) -> subprocess.CompletedProcess[str]:
        command = [binaries.program("pg_ctl"), "-s", "-w", "-D", self.places.data, *arguments]
        return account.run(command, timeout=_RECOVERY_SECONDS + 30)

    def _binaries(self, account: Account) -> Binaries:
        found = find_binaries(self.wanted_binaries)
        return reachable_binaries(found, account, self.places.copies)

    def _have_data(self, binaries: Binaries, account: Account) -> None:
        """Create the data folder, whole or not at all, unless there is one that fits."""
        remove_leftovers(self.places)
        if self.places.data.exists():
            self._check_version(binaries)
            return
        begun = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.places.home))
        if account.is_somebody_else:
            os.chown(begun, account.uid, account.gid)
        result = account.run(self._initdb(binaries, begun), timeout=_RECOVERY_SECONDS)
        if result.returncode != 0:
            raise EmbeddedDatabaseError(
                f"`initdb` ({binaries.folder}, as the user {account.name}) could not create a "
                f"database in {self.places.home}: {_said(result)}\n"
                "Mend what it complains about, or set COALITION_DATA_DIR to another folder."
            )
        begun.rename(self.places.data)
        home = os.open(self.places.home, os.O_RDONLY)
        try:
            os.fsync(home)
        finally:
            os.close(home)

    def _initdb(self, binaries: Binaries, folder: Path) -> list[str | Path]:
        # PostgreSQL's own locale sorts alike on every system and after every update of one.
        options = ["-U", SUPERUSER, "-E", "UTF8", "--auth-local=trust", "--auth-host=scram-sha-256"]
        if binaries.major >= _FIRST_BUILTIN_LOCALE:
            options += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        else:
            options += ["--no-locale"]
        if not self.durable:
            options += ["--no-sync"]
        return [binaries.program("initdb"), "-D", folder, *options]

    def _check_version(self, binaries: Binaries) -> None:
        version = (self.places.data / "PG_VERSION").read_text().strip()
        if version != str(binaries.major):
            raise EmbeddedDatabaseError(
                f"The database in {self.places.data} was made by PostgreSQL {version}, and the "
                f"programs in {binaries.folder} are {binaries.version}. Set COALITION_PG_BIN to "
                f"programs of version {version} and move the data over with `pg_dump`, or set "
                "COALITION_DATA_DIR to an empty folder to begin anew."
            )

    def _check_durability(self) -> None:
        if self.durable and not is_durable(self.places.data):
            raise EmbeddedDatabaseError(
                f"The server in {self.places.home} was started for tests and may lose what it was "
                "given, but data that must last was to be kept in it. Stop those who use it, or "
                "choose another name for one of the two."
            )

    def _end_of_log(self) -> str:
        return f"The end of {self.places.log}:\n{log_since(self.places, 0, lines=15)}"


def _said(result: subprocess.CompletedProcess[str]) -> str:
    return (result.stderr + result.stdout).strip()
