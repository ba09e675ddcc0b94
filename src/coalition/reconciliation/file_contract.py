"""The contract of a partner's file: a header, rows, a trailer with their count and sums. Pure.

CSV and NDJSON say the same (docs/reconciliation.md).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from coalition.files import (
    HEADER,
    TRAILER,
    ContractBroken,
    ContractFile,
    FileTooLarge,
    Layout,
    Said,
    TrailerWrong,
    instant_in,
    is_whole,
    points_in,
    shares_of,
    shown,
    text_in,
    units_of,
)
from coalition.kit.amounts import LARGEST, NotMoney, exponent_of
from coalition.members.in_files import MEMBER_COLUMNS, member_in
from coalition.reconciliation.errors import (
    FileCurrencyWrong,
    FileOfAnotherPartner,
    FileOfAnotherPeriod,
)

MOST_ROWS: Final = 2_000_000
MOST_BYTES: Final = 1024 * 1024 * 1024
# The numbers of the kinds of entries that they are in the ledger.
KINDS: Final = {"AWARD": 1, "RETURN": 2, "REDEMPTION": 6, "REFUND": 7}
STATUSES: Final = frozenset({"POSTED", "RETURNED"})
COLUMNS: Final = (
    "kind", "reference", "occurredAt", "points", "amount", "currency", "status", "store",
    "terminal", "receipt", *MEMBER_COLUMNS,
)  # fmt: skip
_HEADER = ("partner", "period", "sequence", "currency", "created")
_TRAILER = ("rows", "points", "amount")
LAYOUT: Final = Layout(
    {HEADER: _HEADER, TRAILER: _TRAILER}, COLUMNS, ("kind", "reference", "occurredAt", "points"),
    MOST_BYTES,
)  # fmt: skip
_OF_REDEEMING = frozenset({6, 7})
_LONGEST_CODE = 60
# In minor units and four parts of it: still within 64 bits.
_DECIMAL = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,4}))?", re.ASCII)
_SUM = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,4}))?", re.ASCII)
_LONGEST_SEQUENCE = 9
_CLOCKS_APART = timedelta(minutes=5)


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
        self._expected = expected
        self._file = ContractFile(format_, compression, LAYOUT)
        self.header: Header | None = None
        self.sums = Sums()

    @property
    def sha256(self) -> bytes:
        """Of the unpacked file, once it has ended."""
        return self._file.sha256

    def feed(self, piece: bytes) -> Iterator[list[FileRow]]:
        """The rows of a piece, some thousands at a time. Raises `FileBroken` and what is one."""
        for lines in self._file.feed(piece):
            yield self._rows(lines)

    def end(self) -> Iterator[list[FileRow]]:
        """What stands behind the last line end. Raises `FileBroken` and what is one."""
        for lines in self._file.end():
            yield self._rows(lines)

    def _rows(self, lines: Iterable[Said]) -> list[FileRow]:
        found = []
        for said in lines:
            match said.part:
                case "HEADER":
                    self.header = self._header(said.line, said.texts)
                case "TRAILER":
                    self._check_trailer(said.line, said.texts)
                case _:
                    found.append(self._row(said.line, said.texts))
        return found

    def _header(self, line: int, said: Mapping[str, str]) -> Header:
        missing = [name for name in _HEADER if not said.get(name)]
        if missing:
            raise ContractBroken(f"the header lacks {', '.join(missing)}.", line=line)
        sequence = said["sequence"]
        if not is_whole(sequence) or len(sequence) > _LONGEST_SEQUENCE or not int(sequence):
            raise ContractBroken(
                f"sequence must be a whole number from 1, not {shown(sequence)}.", line=line
            )
        wanted = self._expected
        if said["partner"] != wanted.partner:
            raise FileOfAnotherPartner(
                f"the file is of {shown(said['partner'])}, not of {wanted.partner!r}.", line=line
            )
        if said["period"] != wanted.period:
            raise FileOfAnotherPeriod(
                f"the file is of the period {shown(said['period'])}, and {wanted.period!r} was"
                " announced.",
                line=line,
            )
        if said["currency"] != wanted.currency:
            raise FileCurrencyWrong(
                f"the file is in {shown(said['currency'])}; {wanted.partner} settles in"
                f" {wanted.currency}.",
                line=line,
            )
        return Header(
            wanted.partner, wanted.period, int(sequence), wanted.currency,
            instant_in(line, "created", said["created"]),
        )  # fmt: skip

    def _check_trailer(self, line: int, said: Mapping[str, str]) -> None:
        counted = {
            "rows": str(self.sums.rows),
            "points": str(self.sums.points),
            "amount": units_of(self.sums.amount),
        }
        for name in counted:
            told = said.get(name, "")
            if not (_SUM.fullmatch(told) if name == "amount" else is_whole(told)):
                raise ContractBroken(f"the trailer's {name} is {shown(told)}.", line=line)
        for name, value in counted.items():
            if shares_of(said[name]) != shares_of(value):
                raise TrailerWrong(
                    f"the trailer says {name} {said[name]}, the rows before it come to {value}."
                    " Send the file whole and unchanged.",
                    line=line,
                )

    def _row(self, line: int, said: Mapping[str, str]) -> FileRow:
        header = self.header
        if header is None:
            raise AssertionError("asked for behind the header only")
        if self.sums.rows >= MOST_ROWS:
            raise FileTooLarge(
                f"Line {line}: a file has at most {MOST_ROWS:,} rows. Reconcile a shorter period.",
                line=line,
            )
        kind = KINDS.get(said.get("kind", ""))
        if kind is None:
            raise ContractBroken(
                f"kind must be one of {', '.join(KINDS)}, not {shown(said.get('kind', ''))}.",
                line=line,
            )
        currency = said.get("currency") or header.currency
        status = said.get("status") or "POSTED"
        if status not in STATUSES:
            raise ContractBroken(
                f"status must be POSTED or RETURNED, not {shown(status)}.", line=line
            )
        occurred_at = instant_in(line, "occurredAt", said.get("occurredAt", ""))
        if occurred_at > header.created + _CLOCKS_APART:
            raise ContractBroken(
                f"occurredAt {occurred_at.isoformat()} is later than the file was created.",
                line=line,
            )
        reference = text_in(line, "reference", said.get("reference"))
        if reference is None:
            raise ContractBroken("it has no reference.", line=line)
        member_kind, member_value = member_in(line, said)
        if kind in _OF_REDEEMING and member_kind is None:
            raise ContractBroken(
                "a redemption or refund must name its member: references of baskets come twice.",
                line=line,
            )
        points = points_in(line, said.get("points", ""), may_be_none=kind == KINDS["RETURN"])
        amount = self._amount(line, said.get("amount"), currency, kind)
        self._count(line, points)
        return FileRow(
            line, kind, reference, text_in(line, "receipt", said.get("receipt")),
            text_in(line, "store", said.get("store"), _LONGEST_CODE),
            text_in(line, "terminal", said.get("terminal"), _LONGEST_CODE),
            occurred_at, member_kind, member_value, points, amount, currency, status,
        )  # fmt: skip

    def _count(self, line: int, points: int) -> None:
        self.sums.rows += 1
        self.sums.points += points
        if self.sums.points > LARGEST:
            raise ContractBroken("the points of the file come to more than can be held.", line=line)

    def _amount(self, line: int, said: str | None, currency: str, kind: int) -> int | None:
        """In minor units; counted in the sums."""
        if not said:
            if kind in _OF_REDEEMING:
                return None
            raise ContractBroken("an award or return must have its amount.", line=line)
        try:
            exponent = exponent_of(currency)
        except NotMoney as error:
            raise ContractBroken(str(error), line=line) from None
        found = _DECIMAL.fullmatch(said)
        decimals = (found[2] or "").rstrip("0") if found else ""
        if found is None or len(decimals) > exponent:
            raise ContractBroken(
                f"amount must be a decimal of {exponent} decimals, not {shown(said)}.", line=line
            )
        self.sums.amount += shares_of(said)
        return int(found[1] + decimals.ljust(exponent, "0"))
