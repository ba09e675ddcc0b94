"""The contract of a partner's file: a header, rows, a trailer with their count and sums. Pure.

CSV and NDJSON say the same (docs/reconciliation.md). Whatever does not keep to the contract
refuses the file as a whole, with the line: figures that were read half are worse than none.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from coalition.kit.amounts import LARGEST, NotMoney, exponent_of
from coalition.kit.errors import Refusal
from coalition.members.ref import IdentifierKind, identifier
from coalition.reconciliation.errors import (
    FileCurrencyWrong,
    FileOfAnotherPartner,
    FileOfAnotherPeriod,
    FormulaInFile,
    ReconciliationFileBroken,
    ReconciliationFileTooLarge,
    TrailerWrong,
)
from coalition.reconciliation.lines import Lines, Numbered

MOST_ROWS: Final = 2_000_000
# The numbers of the kinds of entries that they are in the ledger.
KINDS: Final = {"AWARD": 1, "RETURN": 2, "REDEMPTION": 6, "REFUND": 7}
STATUSES: Final = frozenset({"POSTED", "RETURNED"})
MEMBERS: Final = {
    "card": "CARD", "email": "EMAIL", "phone": "PHONE", "externalId": "EXTERNAL", "memberId": "ID",
}  # fmt: skip
COLUMNS: Final = (
    "kind", "reference", "occurredAt", "points", "amount", "currency", "status", "store",
    "terminal", "receipt", *MEMBERS,
)  # fmt: skip
_NEEDED = ("kind", "reference", "occurredAt", "points")
_HEADER = ("partner", "period", "sequence", "currency", "created")
_TRAILER = ("rows", "points", "amount")
_OF_REDEEMING = frozenset({6, 7})
_LONGEST = 200
_LONGEST_CODE = 60
# In minor units and four parts of it: still within 64 bits.
_DECIMAL = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,4}))?", re.ASCII)
_SUM = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,4}))?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
_LONGEST_SEQUENCE = 9
_SHARES = 4  # no currency of ISO 4217 has more decimals
_FORMULA = ("=", "+", "-", "@")
_CLOCKS_APART = timedelta(minutes=5)
# Beyond them an instant has no place in UTC or in the database.
_YEARS = range(1970, 9999)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the header must say: whose file, of which period, in which currency."""

    partner: str
    period: str
    currency: str


@dataclass(frozen=True, slots=True)
class Header:
    """`created`: the moment up to which the file tells of its period."""

    partner: str
    period: str
    sequence: int
    currency: str
    created: datetime


class FileRow(NamedTuple):
    """One row. `kind` as in KINDS; `amount` in minor units of `currency`; points never signed."""

    line: int
    kind: int
    reference: str
    receipt: str | None
    store: str | None
    terminal: str | None
    occurred_at: datetime
    member_kind: str | None
    member_value: str | None
    points: int
    amount: int | None
    currency: str
    status: str


@dataclass(slots=True)
class Sums:
    """Control totals: plain sums of the columns. `amount` in ten-thousandths of a unit."""

    rows: int = 0
    points: int = 0
    amount: int = 0


class Contract:
    """Reads one file, piece by piece. `header` is there after the first line."""

    def __init__(self, format_: str, compression: str, expected: Expected) -> None:
        self._is_csv = format_ == "CSV"
        self._expected = expected
        self._lines = Lines(compression)
        self._columns: list[str] | None = None
        self._ended_at: int | None = None
        self.header: Header | None = None
        self.sums = Sums()

    @property
    def sha256(self) -> bytes:
        """Of the unpacked file, once it has ended."""
        return self._lines.sha256

    def feed(self, piece: bytes) -> Iterator[list[FileRow]]:
        """The rows of a piece, some thousands at a time. Raises `ReconciliationFileBroken`."""
        for numbered in self._lines.feed(piece):
            yield self._rows(numbered)

    def end(self) -> Iterator[list[FileRow]]:
        """What stands behind the last line end. Raises `ReconciliationFileBroken`."""
        for numbered in self._lines.end():
            yield self._rows(numbered)
        if self.header is None:
            raise ReconciliationFileBroken("The file is empty: it must begin with its header.")
        if self._ended_at is None:
            raise ReconciliationFileBroken("The file ends without its trailer: send it whole.")

    def _rows(self, numbered: Numbered) -> list[FileRow]:
        found = []
        for line, said in self._records(numbered):
            if self._ended_at is not None:
                raise ReconciliationFileBroken(
                    f"it stands behind the trailer in line {self._ended_at}.", line=line
                )
            match said.get("type"):
                case "HEADER":
                    self._take_header(line, said)
                case "TRAILER":
                    self._take_trailer(line, said)
                case _ if self.header is None:
                    raise ReconciliationFileBroken(
                        "the file must begin with its header.", line=line
                    )
                case _:
                    found.append(self._row(line, said))
        return found

    # Records: a mapping of text, whatever the format; `type` is HEADER, TRAILER or nothing.

    def _records(self, numbered: Numbered) -> Iterator[tuple[int, Mapping[str, str]]]:
        return self._of_csv(*numbered) if self._is_csv else self._of_json(*numbered)

    def _of_csv(self, first: int, lines: list[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        reader = csv.reader(lines, strict=True)
        line = first
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise ReconciliationFileBroken(f"it is not CSV: {error}.", line=line) from None
            if cells is None:
                return
            if reader.line_num != line - first + 1:
                raise ReconciliationFileBroken("a cell holds a line end.", line=line)
            if cells:
                said = self._named(line, cells)
                if said is not None:
                    yield line, said
            line += 1

    def _named(self, line: int, cells: list[str]) -> Mapping[str, str] | None:
        """The cells by their columns; None for the line that names the columns."""
        of_kind = {"HEADER": _HEADER, "TRAILER": _TRAILER}.get(cells[0])
        if of_kind is not None:
            if len(cells) != len(of_kind) + 1:
                raise ReconciliationFileBroken(
                    f"a {cells[0].lower()} is {cells[0]},{','.join(of_kind)}.", line=line
                )
            return {"type": cells[0], **dict(zip(of_kind, cells[1:], strict=True))}
        if self._columns is None and self.header is not None:
            self._columns = _checked_columns(line, cells)
            return None
        columns = self._columns or []
        if len(cells) != len(columns) and self.header is not None:
            raise ReconciliationFileBroken(
                f"it has {len(cells)} cells, and there are {len(columns)} columns.", line=line
            )
        return dict(zip(columns, cells, strict=False))

    def _of_json(self, first: int, lines: list[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
        for line, text in enumerate(lines, start=first):
            if not text.strip():
                continue
            try:
                said = json.loads(text, object_pairs_hook=_each_once, parse_float=_no_float)
            except (ValueError, RecursionError) as error:
                raise ReconciliationFileBroken(
                    f"it is not JSON as the contract wants it: {error}", line=line
                ) from None
            if not isinstance(said, dict):
                raise ReconciliationFileBroken("it is not a JSON object.", line=line)
            yield line, _as_text(line, said)

    # Header and trailer

    def _take_header(self, line: int, said: Mapping[str, str]) -> None:
        if self.header is not None:
            raise ReconciliationFileBroken("a file has one header.", line=line)
        missing = [name for name in _HEADER if not said.get(name)]
        if missing:
            raise ReconciliationFileBroken(f"the header lacks {', '.join(missing)}.", line=line)
        sequence = said["sequence"]
        if not _WHOLE.fullmatch(sequence) or len(sequence) > _LONGEST_SEQUENCE or not int(sequence):
            raise ReconciliationFileBroken(
                f"sequence must be a whole number from 1, not {_shown(sequence)}.", line=line
            )
        wanted = self._expected
        if said["partner"] != wanted.partner:
            raise FileOfAnotherPartner(
                f"the file is of {_shown(said['partner'])}, not of {wanted.partner!r}.", line=line
            )
        if said["period"] != wanted.period:
            raise FileOfAnotherPeriod(
                f"the file is of the period {_shown(said['period'])}, and {wanted.period!r} was"
                " announced.",
                line=line,
            )
        if said["currency"] != wanted.currency:
            raise FileCurrencyWrong(
                f"the file is in {_shown(said['currency'])}; {wanted.partner} settles in"
                f" {wanted.currency}.",
                line=line,
            )
        self.header = Header(
            wanted.partner, wanted.period, int(sequence), wanted.currency,
            _instant(line, "created", said["created"]),
        )  # fmt: skip

    def _take_trailer(self, line: int, said: Mapping[str, str]) -> None:
        if self.header is None:
            raise ReconciliationFileBroken("the file must begin with its header.", line=line)
        self._ended_at = line
        told: dict[str, str] = {}
        for name in _TRAILER:
            told[name] = said.get(name, "")
            pattern = _SUM if name == "amount" else _WHOLE
            if not pattern.fullmatch(told[name]):
                raise ReconciliationFileBroken(
                    f"the trailer's {name} is {_shown(told[name])}.", line=line
                )
        counted = {
            "rows": str(self.sums.rows),
            "points": str(self.sums.points),
            "amount": _units(self.sums.amount),
        }
        for name, value in counted.items():
            if _shares(told[name]) != _shares(value):
                raise TrailerWrong(
                    f"the trailer says {name} {told[name]}, the rows before it come to {value}."
                    " Send the file whole and unchanged.",
                    line=line,
                )

    # Rows

    def _row(self, line: int, said: Mapping[str, str]) -> FileRow:
        header = self.header
        if header is None:
            raise AssertionError("asked for behind the header only")
        if self.sums.rows >= MOST_ROWS:
            raise ReconciliationFileTooLarge(
                f"a file has at most {MOST_ROWS:,} rows. Reconcile a shorter period.", line=line
            )
        kind = KINDS.get(said.get("kind", ""))
        if kind is None:
            raise ReconciliationFileBroken(
                f"kind must be one of {', '.join(KINDS)}, not {_shown(said.get('kind', ''))}.",
                line=line,
            )
        currency = said.get("currency") or header.currency
        status = said.get("status") or "POSTED"
        if status not in STATUSES:
            raise ReconciliationFileBroken(
                f"status must be POSTED or RETURNED, not {_shown(status)}.", line=line
            )
        occurred_at = _instant(line, "occurredAt", said.get("occurredAt", ""))
        if occurred_at > header.created + _CLOCKS_APART:
            raise ReconciliationFileBroken(
                f"occurredAt {occurred_at.isoformat()} is later than the file was created.",
                line=line,
            )
        reference = _text(line, "reference", said.get("reference"), _LONGEST)
        if reference is None:
            raise ReconciliationFileBroken("it has no reference.", line=line)
        member_kind, member_value = _member(line, said)
        if kind in _OF_REDEEMING and member_kind is None:
            raise ReconciliationFileBroken(
                "a redemption or refund must name its member: references of baskets come twice.",
                line=line,
            )
        points = _points(line, said.get("points", ""), may_be_none=kind == KINDS["RETURN"])
        amount = self._amount(line, said.get("amount"), currency, kind)
        self.sums.rows += 1
        self.sums.points += points
        if self.sums.points > LARGEST:
            raise ReconciliationFileBroken(
                "the points of the file come to more than can be held.", line=line
            )
        return FileRow(
            line, kind, reference, _text(line, "receipt", said.get("receipt"), _LONGEST),
            _text(line, "store", said.get("store"), _LONGEST_CODE),
            _text(line, "terminal", said.get("terminal"), _LONGEST_CODE),
            occurred_at, member_kind, member_value, points, amount, currency, status,
        )  # fmt: skip

    def _amount(self, line: int, said: str | None, currency: str, kind: int) -> int | None:
        """In minor units; counted in the sums."""
        if not said:
            if kind in _OF_REDEEMING:
                return None
            raise ReconciliationFileBroken("an award or return must have its amount.", line=line)
        try:
            exponent = exponent_of(currency)
        except NotMoney as error:
            raise ReconciliationFileBroken(str(error), line=line) from None
        found = _DECIMAL.fullmatch(said)
        decimals = (found[2] or "").rstrip("0") if found else ""
        if found is None or len(decimals) > exponent:
            raise ReconciliationFileBroken(
                f"amount must be a decimal of {exponent} decimals, not {_shown(said)}.", line=line
            )
        self.sums.amount += _shares(said)
        return int(found[1] + decimals.ljust(exponent, "0"))


def _checked_columns(line: int, cells: list[str]) -> list[str]:
    unknown = [name for name in cells if name not in COLUMNS]
    missing = [name for name in _NEEDED if name not in cells]
    if unknown or missing or len(set(cells)) != len(cells) or cells[0] != "kind":
        raise ReconciliationFileBroken(
            f"the columns must begin with kind, have {', '.join(_NEEDED[1:])}, each once, and may"
            f" have {', '.join(COLUMNS[4:])}.",
            line=line,
        )
    return cells


def _as_text(line: int, said: Mapping[str, object]) -> Mapping[str, str]:
    """A JSON object as the cells of CSV would say it."""
    known = {"HEADER": _HEADER, "TRAILER": _TRAILER}.get(str(said.get("type")), COLUMNS)
    found: dict[str, str] = {}
    for name, value in said.items():
        if name not in known and name != "type":
            raise ReconciliationFileBroken(f"{_shown(name)} is not a name of it.", line=line)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ReconciliationFileBroken(f"{name} must be a text.", line=line)
        found[name] = str(value)
    if found.get("type") == "ROW":
        del found["type"]
    elif found.get("type") not in {"HEADER", "TRAILER"}:
        raise ReconciliationFileBroken("type must be HEADER, ROW or TRAILER.", line=line)
    return found


def _text(line: int, name: str, said: str | None, longest: int) -> str | None:
    text = said.strip() if said else ""
    if not text:
        return None
    if text.startswith(_FORMULA):
        raise FormulaInFile(
            f"{name} {_shown(text)} begins like a formula: a spreadsheet would run it.", line=line
        )
    if len(text) > longest or not text.isprintable():
        raise ReconciliationFileBroken(
            f"{name} must be at most {longest} printable characters.", line=line
        )
    return text


def _member(line: int, said: Mapping[str, str]) -> tuple[str | None, str | None]:
    given = [name for name in MEMBERS if said.get(name)]
    if not given:
        return None, None
    if len(given) > 1:
        raise ReconciliationFileBroken(
            f"a member is named once, not by {' and '.join(given)}.", line=line
        )
    (name,) = given
    if name in {"email", "phone"}:
        try:
            kind = IdentifierKind(MEMBERS[name])
            return MEMBERS[name], identifier(kind, said[name], (name,)).value
        except Refusal as refusal:
            raise ReconciliationFileBroken(refusal.message, line=line) from None
    value = _text(line, name, said[name], _LONGEST)
    if value is None:
        return None, None
    return MEMBERS[name], value.replace(" ", "") if name == "card" else value


def _points(line: int, said: str, *, may_be_none: bool) -> int:
    points = int(said) if _WHOLE.fullmatch(said) else -1
    if not (0 < points <= LARGEST or (points == 0 and may_be_none)):
        raise ReconciliationFileBroken(
            f"points must be a whole number above nothing, not {_shown(said)}.", line=line
        )
    return points


def _instant(line: int, name: str, said: str) -> datetime:
    try:
        found = datetime.fromisoformat(said)
        if found.utcoffset() is not None and found.year in _YEARS:
            return found
    except (ValueError, OverflowError):
        pass
    raise ReconciliationFileBroken(
        f"{name} must be an instant with its offset, like 2026-03-10T12:00:00-04:00, not"
        f" {_shown(said)}.",
        line=line,
    )


def _shares(text: str) -> int:
    """A decimal in ten-thousandths."""
    whole, _, decimals = text.partition(".")
    return int(whole + decimals.ljust(_SHARES, "0"))


def _units(shares: int) -> str:
    whole, rest = divmod(shares, 10**_SHARES)
    decimals = f"{rest:04}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def _shown(text: str) -> str:
    return repr(text[:60])


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in it.")
    return found


def _no_float(text: str) -> object:
    raise ValueError(f"{text} is a float; say it as a text.")
