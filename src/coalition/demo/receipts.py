"""Till receipts from a file: read once, checked to the last line, then taken out week by week.

They are kept in a temporary database on disk, not in memory: a file may hold more than fits, and
it need not be in the order of time.
"""

import csv
import gzip
import io
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from coalition.demo.errors import DemoStopped
from coalition.partners.file import Mistake, MistakesInFile

COLUMNS = ("purchased_at", "partner", "store", "receipt", "household", "amount_cents")
_MOST_MISTAKES = 20
_LONGEST_TEXT = 60
_MOST_DIGITS = 12
_GZIP = b"\x1f\x8b"
_TABLE = """
CREATE TABLE receipt (at INTEGER NOT NULL, brand TEXT NOT NULL, store TEXT NOT NULL,
  number TEXT NOT NULL, household TEXT NOT NULL, cents INTEGER NOT NULL, line INTEGER NOT NULL,
  PRIMARY KEY (brand, number)) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One purchase; `number` is unique per brand."""

    at: datetime
    brand: str
    store: str
    number: str
    household: str
    cents: int


@dataclass(frozen=True, slots=True)
class Acceptable:
    """What a receipt may name: the brands, each from the start of its first agreement."""

    brands: Mapping[str, datetime]
    zone: ZoneInfo
    now: datetime


class Shelf:
    """All receipts of a file, in the order of time."""

    def __init__(self, rows: sqlite3.Connection, zone: ZoneInfo) -> None:
        self._rows = rows
        self._zone = zone
        self.count, first, last = rows.execute(
            "SELECT count(*), min(at), max(at) FROM receipt"
        ).fetchone()
        self.first_at = datetime.fromtimestamp(first, zone)
        self.last_at = datetime.fromtimestamp(last, zone)
        self.brands: tuple[str, ...] = tuple(
            brand for (brand,) in rows.execute("SELECT DISTINCT brand FROM receipt ORDER BY brand")
        )

    def between(self, starts_at: datetime, ends_at: datetime) -> list[Receipt]:
        """Those from `starts_at` to before `ends_at`; of one instant, by brand and number."""
        rows = self._rows.execute(
            "SELECT at, brand, store, number, household, cents FROM receipt"
            " WHERE at >= ? AND at < ? ORDER BY at, brand, number",
            (int(starts_at.timestamp()), int(ends_at.timestamp())),
        )
        return [Receipt(datetime.fromtimestamp(at, self._zone), *rest) for at, *rest in rows]


@contextmanager
def shelved(path: Path, acceptable: Acceptable) -> Iterator[Shelf]:
    """The receipts of a .csv or .csv.gz file for as long as the context lasts.

    Raises `MistakesInFile` with line, field and value, and `DemoStopped` for a file that cannot
    be read at all.
    """
    with closing(sqlite3.connect("")) as rows:
        rows.execute(_TABLE)
        try:
            with _opened(path) as text:
                mistakes = _fill(rows, text, acceptable)
        except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
            raise DemoStopped(f"{path} cannot be read as CSV in UTF-8: {error}") from None
        if mistakes:
            raise MistakesInFile(path, mistakes)
        if rows.execute("SELECT 1 FROM receipt LIMIT 1").fetchone() is None:
            raise DemoStopped(f"{path} holds no receipts.")
        rows.execute("CREATE INDEX by_time ON receipt (at)")
        yield Shelf(rows, acceptable.zone)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    with path.open("rb") as raw:
        packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        content = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as text:
            yield text


def _fill(rows: sqlite3.Connection, text: TextIO, acceptable: Acceptable) -> list[Mistake]:
    """Put every line on the shelf; the first mistakes instead, when there are any."""
    reader = csv.DictReader(text, restkey="")
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        found = ", ".join(reader.fieldnames or ()) or "nothing"
        return [Mistake(1, name, f"no such column; the header has {found}") for name in missing]
    mistakes: list[Mistake] = []
    for fields in reader:
        line = reader.line_num
        row, wrong = _checked(fields, acceptable)
        mistakes += [Mistake(line, field, message) for field, message in wrong]
        if not wrong:
            mistakes += _put(rows, (*row, line))
        if len(mistakes) >= _MOST_MISTAKES:
            break
    return mistakes


def _put(rows: sqlite3.Connection, row: tuple[object, ...]) -> list[Mistake]:
    try:
        rows.execute("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError:
        _, brand, _, number, _, _, line = row
        (first,) = rows.execute(
            "SELECT line FROM receipt WHERE brand = ? AND number = ?", (brand, number)
        ).fetchone()
        message = f"{number!r} of {brand} is on line {first} already; a receipt earns once"
        return [Mistake(int(str(line)), "receipt", message)]
    return []


def _checked(
    fields: Mapping[str, str | None], acceptable: Acceptable
) -> tuple[tuple[object, ...], list[tuple[str, str]]]:
    """The row as it is kept, and what is wrong with it: (field, message)."""
    wrong: list[tuple[str, str]] = []
    if "" in fields:
        wrong.append(("", "more fields than the header has columns"))
    texts = {name: (fields[name] or "").strip() for name in COLUMNS}
    wrong += [
        (name, f"{texts[name]!r} is not 1 to {_LONGEST_TEXT} printable characters")
        for name in ("store", "receipt", "household")
        if not 0 < len(texts[name]) <= _LONGEST_TEXT or not texts[name].isprintable()
    ]
    brand, cents = texts["partner"], texts["amount_cents"]
    if brand not in acceptable.brands:
        known = ", ".join(acceptable.brands)
        wrong.append(("partner", f"{brand!r} is no brand of this coalition; there are {known}"))
    if not (cents.isascii() and cents.isdecimal() and len(cents) <= _MOST_DIGITS and int(cents)):
        wrong.append(("amount_cents", f"{cents!r} is not a whole number of cents above zero"))
    at, problem = _time(texts["purchased_at"], acceptable, brand)
    if problem:
        wrong.append(("purchased_at", problem))
    if wrong:
        return (), wrong
    return (at, brand, texts["store"], texts["receipt"], texts["household"], int(cents)), []


def _time(text: str, acceptable: Acceptable, brand: str) -> tuple[int, str]:
    """Seconds since 1970 of the till's local time, and what is wrong with it."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return 0, f"{text!r} is not a local time like 2017-01-31T18:30:00"
    if local.tzinfo is not None:
        return 0, f"{text!r} names a zone; it is read as {acceptable.zone.key}"
    at = local.replace(tzinfo=acceptable.zone)
    if at > acceptable.now:
        return 0, f"{text!r} is in the future"
    begins = acceptable.brands.get(brand)
    if begins is not None and at < begins:
        return 0, f"{text!r} is before the first agreement of {brand}, {begins:%Y-%m-%d}"
    return int(at.timestamp()), ""
