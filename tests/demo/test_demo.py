"""The whole demo as a person runs it, on receipts that close two months."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coalition.demo.place import cluster_of

BRANDS = ("grocer", "bakery-cafe", "pharmacy", "fuel", "florist", "wine-spirits")
RECEIPTS = 60
HOUSEHOLDS = 5
_PATIENCE = 240


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database's own user can enter, which pytest's own are not."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder with a random name is made in it
    made = Path(tempfile.mkdtemp(prefix="ct-demo-", dir=memory if memory.is_dir() else None))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """It is told to stop at the end, if it has not ended."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "coalition", "demo", *arguments],
        cwd=folder,
        env=os.environ | {"COALITION_DATA_DIR": str(folder / "data"), "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        # One that hangs is a failure that can be read, not a run that never ends.
        patience = threading.Timer(_PATIENCE, process.kill)
        patience.start()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)
            patience.cancel()


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


@pytest.mark.long
def test_two_months_are_settled_counted_apart_and_served_with_a_till(folder: Path) -> None:
    receipts = str(two_months(folder))
    with demo(folder, "--purchases", receipts) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        else:
            raise AssertionError(said + (process.stderr.read() if process.stderr else ""))
        (till,) = re.findall(r"the till of Harvest Grocer is at (http://127\.0\.0\.1:\d+)", said)
        with urllib.request.urlopen(till, timeout=30) as shown:  # noqa: S310 - on this machine
            assert "Customers see their points at" in shown.read().decode()
    assert process.returncode == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(till, timeout=5)  # noqa: S310 - on this machine
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
    with demo(folder, "--no-serve", "--purchases", str(path)) as process:
        _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "'petrol' is no brand of this coalition" in told
    assert not (folder / "data").exists()
