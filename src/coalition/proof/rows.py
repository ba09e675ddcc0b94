"""The rows of a line file against the statement that they belong to, in the memory of one row.

Each row carries a hash over itself and the row before it in its line; the last one of a line
stands in the signed statement. So an altered row is named, and so is the line of a row whose
hashes were all made anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coalition.proof.canonical import canonical
from coalition.proof.figures import minor_of
from coalition.proof.finding import Finding

FORMAT = "coalition-lines/1"
_MOST_FINDINGS = 20
_UNREADABLE = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
Json = Mapping[str, Any]


def row_hash(before: bytes, row: Json) -> bytes:
    """The hash of a row behind one whose hash is `before` (nothing for a line's first)."""
    rest = {name: value for name, value in row.items() if name != "sha256"}
    return hashlib.sha256(before + canonical(rest)).digest()


@dataclass(slots=True)
class _Line:
    """What the rows of a line have come to so far."""

    rows: int = 0
    points: int = 0
    amount: int = 0
    hash: bytes = b""


@dataclass(slots=True)
class _Reading:
    """`lines` by their place; what is left of each `store` of a line, of entries, points and
    minor units; `findings` of which only the first are kept.
    """

    content: Json
    stores: dict[tuple[int, str | None], list[int]] = field(default_factory=dict)
    lines: dict[int, _Line] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    ended: bool = False

    def find(self, where: str, message: str) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(where, message))


def wrong_rows(content: Json, lines: Iterable[bytes]) -> tuple[int, list[Finding]]:
    """How many rows there were, and what is not as it was signed."""
    decimals = content["decimals"]
    stores = {
        (one["line"], one["store"]):
            [one["entries"], int(one["points"]), minor_of(one["amount"], decimals)]
        for one in content["stores"]
    }  # fmt: skip
    reading = _Reading(content, stores)
    whole = hashlib.sha256()
    for place, text in enumerate(lines, start=1):
        whole.update(text)
        where = f"line file, line {place}"
        try:
            row = json.loads(text)
            if canonical(row) + b"\n" != text:
                reading.find(where, "It is not spelled as it was issued.")
            _read(reading, place, where, row)
        except _UNREADABLE as error:
            reading.find(where, f"It cannot be read: {error!r}.")
    if not reading.ended:
        reading.find("line file", "It ends before its end: it was cut off.")
    _compare(reading)
    if whole.hexdigest() != content["lineFile"]["sha256"]:
        reading.find("line file", "It is not the file that the statement was signed with.")
    return reading.rows, reading.findings


def _read(reading: _Reading, place: int, where: str, row: Json) -> None:
    if reading.ended:
        reading.find(where, "It stands behind the end of the file.")
    elif place == 1:
        if row != {"format": FORMAT, "statement": reading.content["number"]}:
            reading.find(where, f"It does not begin the line file of {reading.content['number']}.")
    elif "rows" in row:
        reading.ended = True
        if row["rows"] != reading.rows:
            reading.find(where, f"It counts {row['rows']} rows; there are {reading.rows}.")
    else:
        _read_row(reading, row)


def _read_row(reading: _Reading, row: Json) -> None:
    reading.rows += 1
    line = reading.lines.setdefault(row["line"], _Line())
    line.rows += 1
    where = f"line {row['line']}, row {line.rows}"
    if row["row"] != line.rows:
        reading.find(where, f"It calls itself row {row['row']}: one is missing or out of place.")
    made = row_hash(line.hash, row)
    if made.hex() != row["sha256"]:
        reading.find(where, "It was altered, or the one before it was: its hash is another one.")
    # From what the row says of itself: one altered row is one finding, not all behind it.
    line.hash = bytes.fromhex(row["sha256"])
    points, amount = int(row["points"]), minor_of(row["amount"], reading.content["decimals"])
    line.points += points
    line.amount += amount
    if (store := reading.stores.get((row["line"], row["store"]))) is not None:
        store[:] = [store[0] - 1, store[1] - points, store[2] - amount]
    if not _is_a_part(reading.content, row["line"], points, amount):
        reading.find(where, f"{row['amount']} is not the part of {points} points in its line.")


def _is_a_part(content: Json, place: int, points: int, amount: int) -> bool:
    """A row's part of the rounded line is its exact part, rounded down or up."""
    if not 0 < place <= len(content["lines"]):
        return True
    line = content["lines"][place - 1]
    total = abs(int(line["details"]["points"]))
    if not total:
        return True
    whole = abs(minor_of(line["amount"], content["decimals"])) * abs(points)
    return whole // total <= abs(amount) <= -(-whole // total)


def _compare(reading: _Reading) -> None:
    for (place, store), left in reading.stores.items():
        if any(left):
            reading.find(f"line {place}", f"Its rows of store {store!r} do not sum to it.")
    for place in sorted({*reading.lines, *range(1, len(reading.content["lines"]) + 1)}):
        if not 0 < place <= len(reading.content["lines"]):
            reading.find(f"line {place}", "The line file has rows of a line that does not exist.")
            continue
        line = reading.content["lines"][place - 1]
        found, said = reading.lines.get(place, _Line()), line["details"]
        where = f"line {place}"
        if found.rows != said["rows"]:
            reading.find(where, f"{said['rows']} rows stand behind it; {found.rows} were given.")
        if found.hash.hex() != said["sha256"]:
            reading.find(where, "Its rows are not those that the statement was signed with.")
        if said["rows"] and found.points != int(said["points"]):
            reading.find(where, f"Its rows have {found.points} points, not {said['points']}.")
        amount = minor_of(line["amount"], reading.content["decimals"])
        if said["rows"] and found.amount != amount:
            reading.find(where, f"Its rows do not sum to {line['amount']}.")
