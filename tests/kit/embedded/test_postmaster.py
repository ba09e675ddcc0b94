"""What is known of a process is the same with and without /proc."""

import os
from pathlib import Path

import pytest

from coalition.kit.embedded import EmbeddedCluster, postmaster

from .support import server_pid

Running = tuple[EmbeddedCluster, Path]


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no /bin/ps")
def test_a_server_is_recognised_without_proc(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, root = running
    data = root / "main" / "data"
    with_proc = postmaster.running_postmaster(data)
    monkeypatch.setattr(postmaster, "_PROC", root / "no-proc")
    assert with_proc is not None
    assert with_proc.pid == server_pid(root)
    assert postmaster.running_postmaster(data) == with_proc
    ours = postmaster._process(os.getpid())
    assert ours is not None
    assert not ours.is_dead
    assert not postmaster._is_postmaster(ours, data)


def test_memory_that_is_shared_by_a_live_server_is_in_use(running: Running) -> None:
    _, root = running
    found = postmaster.running_postmaster(root / "main" / "data")
    assert found is not None
    assert found.memory is not None
    assert postmaster._is_in_use(found.memory) or not Path("/proc/sysvipc/shm").exists()
    key, identifier = found.memory
    assert not postmaster._is_in_use((key + 1, identifier))


def test_the_lock_of_a_server_that_is_run_by_hand_is_left_alone(root: Path) -> None:
    lock = root / "postmaster.pid"
    lock.write_text(f"-{os.getpid()}\n")
    postmaster.remove_stale_files(root, root)
    assert lock.exists()
    lock.write_text(f"{os.getpid()}\n")
    postmaster.remove_stale_files(root, root)
    assert not lock.exists()
