"""Is a server running on a data folder? What its files claim, checked against the system.

PostgreSQL's lock files hold a process id, and a process id proves little: it may belong to a
zombie that nobody reaps, or, after a restart of the machine or container, to another program or
another server. Believing it means a server that is never started; disbelieving it wrongly means
two servers on one data folder. So a lock file is removed only if its process is known not to be
the server, and no process is left that shares the old server's memory.
"""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from coalition.kit.embedded.places import PORT

_PROC = Path("/proc")
_SHARED_MEMORY = Path("/proc/sysvipc/shm")
# A server that is just starting has an empty lock file for an instant.
_EMPTY_FOR_TOO_LONG_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What `postmaster.pid` says about a server."""

    pid: int
    socket_directory: Path | None
    is_ready: bool
    memory: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Process:
    is_dead: bool
    arguments: tuple[str, ...]


def running_postmaster(data: Path) -> Postmaster | None:
    """Return the live server of `data`, if any; it may be starting or stopping."""
    claimed = _read(data)
    if claimed is not None and _is_postmaster(_process(claimed.pid), data):
        return claimed
    return None


def is_durable(data: Path) -> bool:
    """Whether the server that was started last on `data` writes through to the disk."""
    return "fsync=off" not in (data / "postmaster.opts").read_text()


def remove_stale_files(data: Path, socket_folder: Path) -> None:
    """Remove the lock files that would keep a new server from starting, and that it would trust."""
    claimed = _read(data)
    if claimed is not None and claimed.memory is not None and _is_in_use(claimed.memory):
        # Orphans of the old server may still write to the data; this file is what stops us.
        return
    for file in (data / "postmaster.pid", socket_folder / f".s.PGSQL.{PORT}.lock"):
        if _is_stale(file, data):
            file.unlink(missing_ok=True)


def _is_stale(file: Path, data: Path) -> bool:
    try:
        words = file.read_text().split()
        age = abs(time.time() - file.stat().st_mtime)
    except FileNotFoundError:
        return False
    if words and words[0].startswith("-"):
        # A server without connections, which somebody runs by hand to mend something.
        return False
    if not words or not words[0].isdecimal():
        return age > _EMPTY_FOR_TOO_LONG_SECONDS
    process = _process(int(words[0]))
    # Where there is no such process at all, PostgreSQL finds that out, and checks more than we do.
    return process is not None and not _is_postmaster(process, data)


def _read(data: Path) -> Postmaster | None:
    """Lines: pid, data folder, start time, port, socket folder, address, shared memory, status."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    lines = [line.strip() for line in lines] + [""] * 8
    if not lines[0].isdecimal():
        return None
    memory = lines[6].split()
    return Postmaster(
        pid=int(lines[0]),
        socket_directory=Path(lines[4]) if lines[4] else None,
        is_ready=lines[7] == "ready",
        memory=(int(memory[0]), int(memory[1])) if len(memory) > 1 else None,
    )


def _is_postmaster(process: _Process | None, data: Path) -> bool:
    if process is None or process.is_dead or not process.arguments:
        return False
    program, *arguments = process.arguments
    if Path(program).name != "postgres" or "-D" not in arguments[:-1]:
        return False
    # Several clusters may run here, and process ids are small numbers in a container.
    folder = arguments[arguments.index("-D") + 1]
    return folder == str(data) or (Path(folder).exists() and data.samefile(folder))


def _process(pid: int) -> _Process | None:
    if not (_PROC / "self" / "stat").exists():
        return _process_by_ps(pid)
    try:
        status = (_PROC / str(pid) / "stat").read_text(errors="replace")
        arguments = (_PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may itself contain spaces and parentheses.
    state = status.rpartition(")")[2].split()[0]
    return _Process(state in "ZX", tuple(os.fsdecode(arguments).split("\0")))


def _process_by_ps(pid: int) -> _Process | None:
    """Look where there is no /proc, as on macOS; a path with blanks is put together again."""
    said = subprocess.run(  # noqa: S603 - a number is the only thing that varies
        ["/bin/ps", "-ww", "-o", "stat=", "-o", "command=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if not said:
        return None
    state, _, command = said.partition(" ")
    program, found, rest = command.strip().partition(" -D ")
    folder = rest.partition(" -c ")[0]
    arguments = (program, "-D", folder) if found else (command.split(" ")[0],)
    return _Process(state.startswith("Z"), arguments)


def _is_in_use(memory: tuple[int, int]) -> bool:
    """Whether a process is attached to that segment, as children of a killed server are."""
    try:
        rows = _SHARED_MEMORY.read_text().splitlines()
    except OSError:
        return False
    if not rows:
        return False
    names = rows[0].split()
    for row in rows[1:]:
        segment = dict(zip(names, map(int, row.split()), strict=False))
        # The kernel prints the key with a sign, PostgreSQL without.
        if (segment["key"] & 0xFFFFFFFF, segment["shmid"]) == (memory[0] & 0xFFFFFFFF, memory[1]):
            return segment["nattch"] > 0
    return False
