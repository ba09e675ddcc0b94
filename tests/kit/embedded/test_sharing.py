"""One server for all who use it, from the first to join to the last to leave."""

from pathlib import Path

import pytest

from coalition.kit.embedded import EmbeddedDatabaseError
from coalition.kit.embedded.places import Places, remove_everything
from coalition.kit.embedded.shares import alone

from .conftest import Clusters
from .support import AnotherProcess, ask, is_alive, open_files, server_pid, wait_until


def test_a_server_starts_stops_and_keeps_what_it_was_given(clusters: Clusters, root: Path) -> None:
    cluster = clusters()
    with cluster:
        pid = server_pid(root)
        assert ask(cluster, "CREATE TABLE kept AS SELECT 380 AS points", "TABLE kept") == 380
    assert not is_alive(pid)
    with cluster:
        assert server_pid(root) != pid
        assert ask(cluster, "TABLE kept") == 380


def test_joining_twice_is_joining_once(clusters: Clusters, root: Path) -> None:
    cluster = clusters()
    cluster.join()
    pid = server_pid(root)
    cluster.join()
    cluster.ensure_running()
    assert server_pid(root) == pid
    cluster.leave()
    cluster.leave()
    assert not is_alive(pid)


def test_two_processes_share_one_server_and_the_last_one_out_stops_it(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with AnotherProcess(root) as other:
        other.does("join")
        pid = server_pid(root)
        cluster.join()
        assert server_pid(root) == pid
        other.does("leave")
        assert is_alive(pid)
        assert ask(cluster, "SELECT 1") == 1
        cluster.leave()
        assert not is_alive(pid)


def test_two_processes_that_come_first_at_once_get_one_server(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with AnotherProcess(root) as other, AnotherProcess(root) as third:
        other.begin("join")
        third.begin("join")
        cluster.join()
        other.finish()
        third.finish()
        pid = server_pid(root)
        other.does("leave")
        third.does("leave")
        assert is_alive(pid)


def test_a_killed_user_leaves_a_server_that_the_next_one_joins_and_stops(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with AnotherProcess(root) as other:
        other.does("join")
        pid = server_pid(root)
        other.kill()
    assert is_alive(pid)
    with cluster:
        assert server_pid(root) == pid
        assert ask(cluster, "SELECT 1") == 1
    assert not is_alive(pid)


def test_a_user_who_was_killed_beside_another_does_not_keep_the_server_up(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with cluster, AnotherProcess(root) as other:
        other.does("join")
        other.kill()
        pid = server_pid(root)
    assert not is_alive(pid)


def test_a_shared_cluster_is_not_destroyed(clusters: Clusters, root: Path) -> None:
    cluster = clusters()
    cluster.join()
    with AnotherProcess(root) as other:
        other.does("join")
        with pytest.raises(EmbeddedDatabaseError, match="somebody else uses it"):
            cluster.destroy()
        other.does("leave")
        assert ask(cluster, "SELECT 1") == 1, "the share was not given back by the refusal"
    cluster.destroy()
    assert list(root.glob("main*")) == []


def test_a_destroyed_cluster_begins_anew_and_foreign_files_are_left(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with cluster:
        ask(cluster, "CREATE TABLE gone ()", "SELECT 1")
    (root / "main" / "notes.txt").write_text("mine")
    cluster.destroy()
    assert [p.name for p in (root / "main").iterdir()] == ["notes.txt"]
    with cluster:
        assert ask(cluster, "SELECT to_regclass('gone')") is None
    cluster.destroy()
    (root / "main" / "notes.txt").unlink()


def test_whoever_waited_for_a_cluster_that_was_deleted_meanwhile_gets_a_new_one(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters()
    with cluster:
        pass
    places = Places(root / "main")
    with AnotherProcess(root) as other:
        with alone(places.lock):
            other.begin("join")
            wait_until(lambda: str(places.lock) in open_files(other.pid))
            remove_everything(places, places.run)
        other.finish()
        pid = server_pid(root)
        with cluster:
            assert server_pid(root) == pid
            assert ask(cluster, "SELECT 1") == 1


def test_data_that_must_last_is_not_given_to_a_server_that_may_lose_it(
    clusters: Clusters, root: Path
) -> None:
    with clusters(durable=False):
        pid = server_pid(root)
        with pytest.raises(EmbeddedDatabaseError, match="may lose what it was given"):
            clusters(durable=True).join()
        assert is_alive(pid)
    with clusters(durable=True) as lasting:
        assert ask(lasting, "SHOW fsync") == "on"
