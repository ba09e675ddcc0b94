"""One PostgreSQL server, shared by every process that joins it and stopped by the last to leave.

The calls wait for other programs, so asynchronous code makes them in a thread. A process that
dies without leaving (kill -9, power) leaves the server running: the next one joins it, or stops
it when it leaves as the last.
"""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from coalition.kit.embedded.account import account_for
from coalition.kit.embedded.errors import EmbeddedDatabaseError
from coalition.kit.embedded.places import (
    PORT,
    Places,
    check_owner,
    prepare_home,
    remove_everything,
    socket_directory,
)
from coalition.kit.embedded.postmaster import running_postmaster
from coalition.kit.embedded.server import SUPERUSER, Server
from coalition.kit.embedded.shares import alone, is_unused, take_share

# pg_ctl hands the path to a shell between double quotes.
_NOT_IN_PATHS = re.compile(r'["$`\\\n]')


class EmbeddedCluster:
    """The server whose files are in `<root>/<name>`.

    `binaries` is the folder of PostgreSQL's programs, if it is not to be searched for.
    `durable=False` is for data that may be lost with the machine: tests.
    """

    def __init__(
        self,
        root: Path,
        name: str = "main",
        *,
        binaries: Path | None = None,
        durable: bool = True,
    ) -> None:
        # One name for one place: the lock is on the file, but the socket's name is not.
        root = root.expanduser().resolve()
        if _NOT_IN_PATHS.search(str(root)):
            raise EmbeddedDatabaseError(
                f"The path {root} holds a quote, a dollar, a backslash or a line break, which "
                "PostgreSQL's pg_ctl cannot pass on. Set COALITION_DATA_DIR to another folder."
            )
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or name == "pg":
            raise EmbeddedDatabaseError(
                f"A cluster cannot be called {name!r}: use small letters, digits, - and _, and not "
                "`pg`, which holds the programs."
            )
        self._places = Places(root / name)
        self._server = Server(self._places, binaries, durable)
        self._share: int | None = None
        self._socket_directory: Path | None = None
        self._guard = threading.RLock()

    def __enter__(self) -> Self:
        self.join()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    @property
    def socket_directory(self) -> Path:
        """The folder to give as `host`."""
        if self._socket_directory is None:
            return socket_directory(self._places)
        return self._socket_directory

    def url(self, *, user: str = SUPERUSER, database: str = SUPERUSER) -> str:
        """Return the address of a database on this server."""
        # With the port, or clients would take it from a PGPORT that is meant for another server.
        where = urlencode({"host": self.socket_directory, "port": PORT}, quote_via=quote, safe="/")
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{where}"

    def join(self) -> None:
        """Use the server, and start it if it does not run. Joining twice is joining once."""
        with self._guard, self._faults_named("started or joined"):
            while True:
                prepare_home(self._places, account_for(self._places.data))
                check_owner(self._places)
                try:
                    with alone(self._places.lock):
                        self._join_alone()
                except FileNotFoundError:
                    # Somebody deleted the cluster just now: begin again. Anything else that is
                    # missing is a fault, and would be missing the next time too.
                    if self._places.home.exists():
                        raise
                else:
                    return

    def ensure_running(self) -> None:
        """Return at once if the server runs; start it again if it was killed."""
        running = running_postmaster(self._places.data) if self._share is not None else None
        if running is None or not running.is_ready:
            self.join()

    def leave(self) -> None:
        """Stop using the server, and stop it if nobody else uses it. Leaving twice is fine."""
        with self._guard, self._faults_named("left or stopped"):
            if self._share is None:
                return
            try:
                with alone(self._places.lock):
                    self._drop_share()
                    if is_unused(self._places.users):
                        self._server.stop()
            except FileNotFoundError:
                # Somebody deleted the files under the server, which ends by itself then.
                if self._places.home.exists():
                    raise
            finally:
                self._drop_share()

    def destroy(self) -> None:
        """Stop the server and delete its files; refuse while somebody else uses it."""
        with self._guard, self._faults_named("deleted"):
            if not self._places.home.exists():
                self._drop_share()
                return
            check_owner(self._places)
            with alone(self._places.lock):
                had_share = self._share is not None
                self._drop_share()
                if not is_unused(self._places.users):
                    if had_share:
                        self._share = take_share(self._places.users)
                    raise EmbeddedDatabaseError(
                        f"The database in {self._places.home} is not deleted: somebody else "
                        f"uses it (`fuser {self._places.users}`). End that first."
                    )
                # Not what the server's files say: they belong to its user, and root deletes here.
                sockets = socket_directory(self._places)
                self._server.stop()
                remove_everything(self._places, sockets)
                self._socket_directory = None

    @contextmanager
    def _faults_named(self, done: str) -> Iterator[None]:
        try:
            yield
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedDatabaseError(
                f"The database in {self._places.home} could not be {done}: {error}. Check that "
                "the disk has room and that this user may write there, set COALITION_DATA_DIR to "
                "another folder, or COALITION_DATABASE_URL to a PostgreSQL of your own."
            ) from error

    def _join_alone(self) -> None:
        had_share = self._share is not None
        if self._share is None:
            self._share = take_share(self._places.users)
        try:
            running = self._server.bring_up()
        except BaseException:
            if not had_share:
                self._drop_share()
            raise
        self._socket_directory = running.socket_directory

    def _drop_share(self) -> None:
        # Closed, not unlocked: a child that was forked from here keeps its share.
        if self._share is not None:
            os.close(self._share)
            self._share = None
