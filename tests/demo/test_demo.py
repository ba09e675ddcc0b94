"""The whole demo as a person runs it, on receipts that close two months."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coalition.demo.place import cluster_of

BRANDS = ("grocer", "bakery-cafe", "pharmacy", "fuel", "florist", "wine-spirits")
RECEIPTS = 60
HOUSEHOLDS = 5


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database's own user can enter, which pytest's own are not."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder with a random name is made in it
    made = Path(tempfile.mkdtemp(prefix="ct-demo-", dir=memory if memory.is_dir() else None))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "coalition", "demo", "--no-serve", *arguments],
        check=False,
        cwd=folder,
        env=os.environ | {"COALITION_DATA_DIR": str(folder / "data"), "COLUMNS": "120"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def two_months(folder: Path) -> Path:
    """January and February, each household in each brand, enough to spend."""
    lines = ["purchased_at,partner,store,receipt,household,amount_cents"]
    first, last = datetime(2017, 1, 1, 9), datetime(2017, 2, 28, 18)  # noqa: DTZ001 - till time
    for number in range(RECEIPTS):
        at = first + (last - first) * number / (RECEIPTS - 1)
        at -= timedelta(microseconds=at.microsecond)
        cents = 9_999 if number else 9
        brand, household = BRANDS[number % len(BRANDS)], number % HOUSEHOLDS
        lines.append(f"{at.isoformat()},{brand},330,{number},{household},{cents}")
    path = folder / "receipts.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_two_months_are_settled_and_counted_apart(folder: Path) -> None:
    ran = demo(folder, "--purchases", str(two_months(folder)))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = ran.stdout
    for line in (
        "2017-01: 31 receipts, closed.",
        "Period 2017-02",
        "Netting of 2017-02",
        "Checked offline: statement 2017-0",
        "Who issued what was spent where, 2017-01 to 2017-02",
        "12 statements.",
        "Equal to the statements, to the point and to the cent.",
        f"{HOUSEHOLDS} members enrolled",
        f"{RECEIPTS} receipts awarded",
        "1 too small to earn",
        "2 months closed",
        f"COALITION_CLUSTER={cluster_of(folder)}",
    ):
        assert line in said
    assert "BROKEN" not in said
    assert " 0 redeemed, " not in said


def test_a_mistake_in_the_receipts_is_told_before_anything_starts(folder: Path) -> None:
    path = two_months(folder)
    path.write_text(path.read_text().replace("fuel", "petrol"))
    ran = demo(folder, "--purchases", str(path))
    assert ran.returncode == 1
    assert "'petrol' is no brand of this coalition" in ran.stderr
    assert not (folder / "data").exists()
