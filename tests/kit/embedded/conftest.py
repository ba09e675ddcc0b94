"""Folders that the server's user can enter, and servers that do not outlive their test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coalition.kit.embedded import EmbeddedCluster


class Clusters:
    """Makes clusters in one folder, and removes all of them at the end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: list[EmbeddedCluster] = []

    def __call__(
        self,
        name: str = "main",
        *,
        root: Path | None = None,
        binaries: Path | None = None,
        durable: bool = False,
    ) -> EmbeddedCluster:
        cluster = EmbeddedCluster(root or self.root, name, binaries=binaries, durable=durable)
        self._made.append(cluster)
        return cluster

    def remove(self) -> None:
        for cluster in self._made:
            cluster.leave()
        for cluster in self._made:
            cluster.destroy()


@contextmanager
def _temporary_clusters() -> Iterator[Clusters]:
    # Not pytest's own folder: it is closed to everybody but root, and its path is long.
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder with a random name is made in it
    fast = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    root = Path(tempfile.mkdtemp(prefix="ct-", dir=memory if fast else None))
    root.chmod(0o755)
    clusters = Clusters(root)
    try:
        yield clusters
    finally:
        clusters.remove()
        shutil.rmtree(root)


@pytest.fixture
def clusters() -> Iterator[Clusters]:
    with _temporary_clusters() as made:
        yield made


@pytest.fixture
def root(clusters: Clusters) -> Path:
    return clusters.root


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[EmbeddedCluster, Path]]:
    """A server, with the folder of its root, for tests that only look at it."""
    with _temporary_clusters() as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("COALITION_PG_BIN", "")
        patch.setenv("COALITION_SECRET", "not for the server")
        patch.setenv("PGPORT", "6543")
        os.environ.setdefault("PATH", os.defpath)
        cluster = made()
        cluster.join()
        yield cluster, made.root
