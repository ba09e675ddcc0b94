"""Nothing that is killed, and nothing that is left lying about, keeps the server from running."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread, Timer

import pytest

from coalition.kit.embedded import EmbeddedDatabaseError

from .conftest import Clusters
from .support import AnotherProcess, ask, is_alive, kill_server, server_pid, wait_until


def test_a_killed_server_is_started_again_with_its_data(clusters: Clusters, root: Path) -> None:
    with clusters(durable=True) as cluster:
        ask(cluster, "CREATE TABLE kept AS SELECT 380 AS points", "SELECT 1")
        killed = kill_server(root)
        cluster.ensure_running()
        assert server_pid(root) != killed
        assert ask(cluster, "TABLE kept") == 380


def test_two_threads_that_miss_the_server_start_it_once(clusters: Clusters, root: Path) -> None:
    with clusters() as cluster:
        kill_server(root)
        threads = [Thread(target=cluster.ensure_running) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ask(cluster, "SELECT 1") == 1


def test_looking_after_a_server_that_runs_costs_next_to_nothing(clusters: Clusters) -> None:
    with clusters() as cluster:
        begun = time.process_time()
        for _ in range(100):
            cluster.ensure_running()
        assert time.process_time() - begun < 1


def test_a_server_that_nobody_buries_is_not_taken_for_alive(clusters: Clusters, root: Path) -> None:
    # As in a container whose first process never reaps: here the killed server becomes a child
    # of the process that joined it, and stays a zombie for as long as that lives.
    story = """
import ctypes, os, signal, sys, threading, time
from pathlib import Path
from coalition.kit.embedded import EmbeddedCluster
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER
cluster = EmbeddedCluster(Path(sys.argv[1]), durable=False)
cluster.join()
pid_file = Path(sys.argv[1], "main", "data", "postmaster.pid")
killed = int(pid_file.read_text().split()[0])
orphan = int(Path(f"/proc/{killed}/task/{killed}/children").read_text().split()[0])
os.kill(orphan, signal.SIGSTOP)
os.kill(killed, signal.SIGKILL)
state = lambda: Path(f"/proc/{killed}/stat").read_text().rpartition(")")[2].split()[0]
while state() != "Z":
    time.sleep(0.01)
threading.Timer(1, os.kill, (orphan, signal.SIGCONT)).start()
begun = time.monotonic()
cluster.ensure_running()
assert time.monotonic() - begun > 0.9, "a second server was started beside orphans of the first"
assert int(pid_file.read_text().split()[0]) != killed
assert state() == "Z"
"""
    subprocess.run([sys.executable, "-c", story, str(root)], check=True, timeout=120)  # noqa: S603 - ours
    with clusters() as cluster:
        assert ask(cluster, "SELECT 1") == 1


@contextmanager
def _stranger(owner: int) -> Iterator[int]:
    user = owner if owner != os.geteuid() else None
    sleep = shutil.which("sleep") or "/bin/sleep"
    with subprocess.Popen([sleep, "60"], user=user) as process:  # noqa: S603 - found on PATH
        try:
            yield process.pid
        finally:
            process.kill()


def _lock_files(root: Path, name: str = "main") -> dict[Path, str]:
    home = root / name
    files = (home / "data" / "postmaster.pid", home / "run" / ".s.PGSQL.5432.lock")
    return {file: file.read_text() for file in files}


def _leave_behind(files: dict[Path, str], pid: int) -> None:
    """Put the lock files of a stopped server back, with another process's id in them."""
    for file, text in files.items():
        file.write_text(f"{pid}\n{text.partition(chr(10))[2]}")
        owner = file.parent.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
        file.chmod(0o600)


def test_a_stale_pid_file_that_names_an_unrelated_process_is_not_believed(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with cluster:
        files = _lock_files(root)
    # Of the same user: for others PostgreSQL sees by itself that they cannot be its server.
    with _stranger((root / "main" / "data").stat().st_uid) as stranger:
        _leave_behind(files, stranger)
        with cluster:
            assert server_pid(root) != stranger
            assert ask(cluster, "SELECT 1") == 1
        assert is_alive(stranger)


@pytest.mark.long
def test_a_stale_pid_file_that_names_another_clusters_server_is_not_believed(
    clusters: Clusters, root: Path
) -> None:
    cluster, neighbour = clusters(), clusters("neighbour")
    with cluster:
        files = _lock_files(root)
    with neighbour:
        pid = server_pid(root, "neighbour")
        _leave_behind(files, pid)
        with cluster:
            assert server_pid(root) != pid
            assert ask(cluster, "SHOW data_directory") == str(root / "main" / "data")
        assert ask(neighbour, "SELECT 1") == 1


@pytest.mark.long
def test_an_empty_pid_file_is_waited_for_and_then_removed(clusters: Clusters, root: Path) -> None:
    cluster = clusters()
    with cluster:
        files = _lock_files(root)
    _leave_behind(dict.fromkeys(files, ""), 0)
    for file in files:
        file.write_text("")
    with cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_process_killed_while_it_creates_the_database_leaves_nothing_half_made(
    clusters: Clusters, root: Path
) -> None:
    with AnotherProcess(root) as other:
        other.begin("join")
        wait_until(lambda: any(root.glob("main/data.new-*/global")))
        other.kill()
    assert not (root / "main" / "data").exists()
    with clusters() as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_process_killed_while_the_server_starts_leaves_one_that_can_be_joined(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with cluster:
        pass
    with AnotherProcess(root) as other:
        other.begin("join")
        wait_until((root / "main" / "data" / "postmaster.pid").exists)
        other.kill()
    with cluster:
        pid = server_pid(root)
        assert ask(cluster, "SELECT 1") == 1
    assert not is_alive(pid)


def test_orphans_of_a_killed_server_are_waited_for(clusters: Clusters, root: Path) -> None:
    with clusters() as cluster:
        pid = server_pid(root)
        orphan = int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        os.kill(orphan, signal.SIGSTOP)
        kill_server(root)
        waking = Timer(1, os.kill, (orphan, signal.SIGCONT))
        waking.start()
        begun = time.monotonic()
        cluster.ensure_running()
        assert time.monotonic() - begun > 0.9, "a second server was started on the same data"
        waking.join()
        assert ask(cluster, "SELECT 1") == 1


def test_a_server_that_cannot_start_is_reported_with_the_end_of_its_log(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with cluster:
        pass
    settings = root / "main" / "data" / "postgresql.conf"
    settings.write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedDatabaseError) as failure:
        cluster.join()
    for part in ("no_such_setting", str(root / "main" / "data"), "postgres.log", "COALITION_"):
        assert part in str(failure.value)
    settings.write_text("")
    with cluster:
        assert ask(cluster, "SELECT 1") == 1
