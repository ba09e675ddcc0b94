"""What a file of receipts must hold before anything of it is awarded."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from coalition.demo.errors import DemoStopped
from coalition.demo.receipts import Acceptable, Receipt, shelved
from coalition.partners.file import Mistake, MistakesInFile

ZONE = ZoneInfo("America/New_York")
BEGINS = datetime(2017, 1, 1, tzinfo=ZONE)
ACCEPTABLE = Acceptable(
    {"grocer": BEGINS, "fuel": BEGINS}, ZONE, now=datetime(2017, 6, 1, tzinfo=UTC)
)
HEADER = "purchased_at,partner,store,receipt,household,amount_cents,units"
ADA = "2017-01-31T23:59:59,grocer,330,1001,7,1250,3"


def a_file(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "receipts.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def mistakes_of(path: Path) -> list[Mistake]:
    with pytest.raises(MistakesInFile) as refused, shelved(path, ACCEPTABLE):
        pass
    return refused.value.mistakes


@pytest.mark.parametrize("packed", [False, True])
# A parameter of the test.
def test_a_plain_file_and_a_packed_one_hold_the_same(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    path = a_file(tmp_path, ADA)
    if packed:
        path.write_bytes(gzip.compress(path.read_bytes()))
    with shelved(path, ACCEPTABLE) as shelf:
        assert shelf.count == 1
        assert shelf.brands == ("grocer",)
        at = datetime(2017, 1, 31, 23, 59, 59, tzinfo=ZONE)
        assert shelf.first_at == shelf.last_at == at
        found = shelf.between(BEGINS, datetime(2017, 2, 1, tzinfo=ZONE))
        assert found == [Receipt(at, "grocer", "330", "1001", "7", 1250)]


def test_receipts_come_out_in_the_order_of_time_whatever_the_file_says(tmp_path: Path) -> None:
    earlier = "2017-01-02T10:00:00,fuel,1,1001,8,900,1"
    with shelved(a_file(tmp_path, ADA, earlier), ACCEPTABLE) as shelf:
        numbers = [(one.brand, one.number) for one in shelf.between(BEGINS, ACCEPTABLE.now)]
    assert numbers == [("fuel", "1001"), ("grocer", "1001")]


def test_a_header_without_a_column_is_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path, ADA, header=HEADER.replace("household", "customer"))
    (mistake,) = mistakes_of(path)
    assert (mistake.line, mistake.field) == (1, "household")
    assert "customer" in mistake.message


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("purchased_at", "2017-01-31T23:59:59", "31.1.2017"),
        ("purchased_at", "2017-01-31T23:59:59", "2017-01-31T23:59:59Z"),
        ("purchased_at", "2017-01-31T23:59:59", "2016-12-31T23:59:59"),
        ("purchased_at", "2017-01-31T23:59:59", "2017-06-01T23:59:59"),
        ("partner", "grocer", "butcher"),
        ("receipt", "1001", " "),
        ("amount_cents", "1250", "12.50"),
        ("amount_cents", "1250", "0"),
        ("amount_cents", "1250", "-5"),
    ],
)
def test_a_bad_value_is_named_with_its_line(
    tmp_path: Path, field: str, good: str, bad: str
) -> None:
    wrong = ADA.replace("1001", "1002").replace(good.replace("1001", "1002"), bad)
    (mistake,) = mistakes_of(a_file(tmp_path, ADA, wrong))
    assert (mistake.line, mistake.field) == (3, field)
    assert repr(bad.strip()) in mistake.message


def test_a_receipt_stands_once_per_brand(tmp_path: Path) -> None:
    (mistake,) = mistakes_of(a_file(tmp_path, ADA, ADA.replace("grocer", "fuel"), ADA))
    assert (mistake.line, mistake.field) == (4, "receipt")
    assert "line 2" in mistake.message


def test_a_short_line_lacks_what_it_lacks(tmp_path: Path) -> None:
    mistakes = mistakes_of(a_file(tmp_path, "2017-01-31T23:59:59,grocer,330,1001"))
    assert {mistake.field for mistake in mistakes} == {"household", "amount_cents"}


@pytest.mark.parametrize("content", [b"\x1f\x8bnonsense", HEADER.encode(), b"\xff\xfe\x00"])
def test_a_file_that_holds_no_receipts_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "receipts.csv"
    path.write_bytes(content)
    with pytest.raises(DemoStopped, match=r"receipts\.csv"), shelved(path, ACCEPTABLE):
        pass


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoStopped, match="nowhere"), shelved(tmp_path / "nowhere", ACCEPTABLE):
        pass
