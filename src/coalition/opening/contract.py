"""The contract of a file of opening balances: who signed for what, then lot by lot. Pure.

A header, an ISSUER line for each issuer with its control totals, rows, a trailer
(docs/opening-balances.md).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
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
    shown,
    text_in,
)
from coalition.kit.amounts import LARGEST
from coalition.members.in_files import MEMBER_COLUMNS, member_in
from coalition.opening.errors import TermsMissing, TotalsWrong
from coalition.partners.terms import Agreement, Partner

MOST_ROWS: Final = 2_000_000
MOST_BYTES: Final = 1024 * 1024 * 1024
ISSUER: Final = "ISSUER"
# How an issuer's points are billed: they were paid in the old books, or are when they are spent.
PAID: Final = "paid"
WHEN_SPENT: Final = "when_spent"
_HEADER = ("source", "asOf")
_ISSUER = ("issuer", "lots", "points", "billed")
_TRAILER = ("rows", "points")
_MEMBERS = tuple(name for name in MEMBER_COLUMNS if name != "memberId")
LAYOUT: Final = Layout(
    {HEADER: _HEADER, ISSUER: _ISSUER, TRAILER: _TRAILER},
    ("issuer", "lot", "points", "earnedOn", "expiresOn", *_MEMBERS),
    ("issuer", "lot", "points", "earnedOn"),
    MOST_BYTES,
)


@dataclass(frozen=True, slots=True)
class Header:
    """`source`: what the old system is called; `as_of`: the moment at which it was read."""

    source: str
    as_of: datetime


@dataclass(slots=True)
class Totals:
    """What an issuer's balances come to: as they were signed for, and as they were counted."""

    partner: Partner
    lots: int
    points: int
    paid: bool
    line: int
    counted_lots: int = 0
    counted_points: int = 0


class Lot(NamedTuple):
    """One lot of a member. `lot`: what the old system calls it, once per issuer and for ever."""

    line: int
    issuer_id: int
    agreement_id: int
    lot: str
    member_kind: str
    member_value: str
    points: int
    earned_at: datetime
    expires_on: date | None


class OpeningFile:
    """Reads one file, piece by piece. `header` is there after the first line, `totals` behind the
    last ISSUER line, and both hold once `end` has not refused.
    """

    def __init__(
        self, format_: str, compression: str, partners: Iterable[Partner], *, today: date
    ) -> None:
        self._partners = {one.code: one for one in partners}
        self._today = today
        self._file = ContractFile(format_, compression, LAYOUT)
        self._agreements: dict[tuple[str, date], tuple[datetime, Agreement]] = {}
        self._rows = 0
        self._points = 0
        self.header: Header | None = None
        self.totals: dict[str, Totals] = {}

    @property
    def sha256(self) -> bytes:
        """Of the unpacked file, once it has ended."""
        return self._file.sha256

    def feed(self, piece: bytes) -> Iterator[list[Lot]]:
        """The lots of a piece, some thousands at a time. Raises `FileBroken` and what is one."""
        for lines in self._file.feed(piece):
            yield self._lots(lines)

    def end(self) -> Iterator[list[Lot]]:
        """What stands behind the last line end. Raises `FileBroken` and what is one."""
        for lines in self._file.end():
            yield self._lots(lines)

    def _lots(self, lines: Iterable[Said]) -> list[Lot]:
        found = []
        for said in lines:
            match said.part:
                case "HEADER":
                    self.header = self._header(said.line, said.texts)
                case "ISSUER":
                    self._take_issuer(said.line, said.texts)
                case "TRAILER":
                    self._check_totals(said.line, said.texts)
                case _:
                    found.append(self._lot(said.line, said.texts))
        return found

    def _header(self, line: int, said: Mapping[str, str]) -> Header:
        source = text_in(line, "source", said.get("source"))
        if source is None:
            raise ContractBroken("the header lacks source, the name of the old system.", line=line)
        as_of = instant_in(line, "asOf", said.get("asOf", ""))
        return Header(source, as_of)

    def _take_issuer(self, line: int, said: Mapping[str, str]) -> None:
        if self._rows:
            raise ContractBroken("the control totals stand before the rows.", line=line)
        code = said.get("issuer", "")
        partner = self._partners.get(code)
        if partner is None:
            raise ContractBroken(
                f"{shown(code)} is no partner. There are: {', '.join(sorted(self._partners))}.",
                line=line,
            )
        if code in self.totals:
            raise ContractBroken(f"the control totals of {code} stand there twice.", line=line)
        for name in ("lots", "points"):
            if not is_whole(said.get(name, "")) or int(said[name]) > LARGEST:
                raise ContractBroken(
                    f"{name} must be a whole number, not {shown(said.get(name, ''))}.", line=line
                )
        billed = said.get("billed", "")
        if billed not in {PAID, WHEN_SPENT}:
            raise ContractBroken(
                f"billed must be {PAID} or {WHEN_SPENT}, not {shown(billed)}.", line=line
            )
        self.totals[code] = Totals(
            partner, int(said["lots"]), int(said["points"]), billed == PAID, line
        )

    def _lot(self, line: int, said: Mapping[str, str]) -> Lot:
        if self._rows >= MOST_ROWS:
            raise FileTooLarge(
                f"Line {line}: a file has at most {MOST_ROWS:,} rows. Carry over an issuer at a"
                " time.",
                line=line,
            )
        code = said.get("issuer", "")
        totals = self.totals.get(code)
        if totals is None:
            raise ContractBroken(f"there are no control totals of {shown(code)}.", line=line)
        lot = text_in(line, "lot", said.get("lot"))
        if lot is None:
            raise ContractBroken("it has no lot, what the old system calls it.", line=line)
        kind, value = member_in(line, said)
        if kind is None or value is None:
            raise ContractBroken(
                f"it names no member: by exactly one of {', '.join(_MEMBERS)}.", line=line
            )
        points = points_in(line, said.get("points", ""))
        earned_at, agreement = self._earned(line, totals, said.get("earnedOn", ""))
        ends = said.get("expiresOn", "")
        expires_on = _day(line, "expiresOn", ends) if ends else None
        if expires_on is not None and expires_on < self._today:
            raise ContractBroken(
                f"it ended on {expires_on}: what has ended is no balance. Leave it out.", line=line
            )
        self._rows += 1
        self._points += points
        totals.counted_lots += 1
        totals.counted_points += points
        if self._points > LARGEST:
            raise ContractBroken("the points of the file come to more than can be held.", line=line)
        return Lot(
            line, totals.partner.id, agreement.id, lot, kind, value, points, earned_at, expires_on
        )

    def _earned(self, line: int, totals: Totals, said: str) -> tuple[datetime, Agreement]:
        day = _day(line, "earnedOn", said)
        partner = totals.partner
        found = self._agreements.get((partner.code, day))
        if found is None:
            found = self._agreement_of(line, totals, day)
            self._agreements[partner.code, day] = found
        return found

    def _agreement_of(self, line: int, totals: Totals, day: date) -> tuple[datetime, Agreement]:
        partner, header = totals.partner, self.header
        if header is None:
            raise AssertionError("asked for behind the header only")
        earned_at = datetime.combine(day, time(), partner.calendar.zone)
        if earned_at > header.as_of:
            raise ContractBroken(f"earnedOn {day} is later than asOf.", line=line)
        agreement = partner.agreement_on(earned_at)
        if agreement is None:
            raise TermsMissing(
                f"{partner.code} had no agreement on {day}. Write what was agreed then into the"
                " partners' file, and apply it.",
                line=line,
            )
        if totals.paid != (agreement.paid_at_issuance == 1):
            raise TermsMissing(
                f"the points of {partner.code} are said to be"
                f" {'paid' if totals.paid else 'billed when they are spent'}, and its agreement of"
                f" {agreement.valid_from.date()} has paid_at_issuance"
                f" {agreement.paid_at_issuance.normalize():f}.",
                line=line,
            )
        return earned_at, agreement

    def _check_totals(self, line: int, said: Mapping[str, str]) -> None:
        for name, counted in (("rows", self._rows), ("points", self._points)):
            told = said.get(name, "")
            if not is_whole(told):
                raise ContractBroken(f"the trailer's {name} is {shown(told)}.", line=line)
            if int(told) != counted:
                raise TrailerWrong(
                    f"the trailer says {name} {told}, the rows before it come to {counted}."
                    " Send the file whole and unchanged.",
                    line=line,
                )
        if not self._rows:
            raise ContractBroken("the file has no rows.", line=line)
        for code, one in self.totals.items():
            if (one.lots, one.points) != (one.counted_lots, one.counted_points):
                raise TotalsWrong(
                    f"{code} was signed for with {one.lots:,} lots of {one.points:,} points, and"
                    f" its rows are {one.counted_lots:,} lots of {one.counted_points:,} points.",
                    line=one.line,
                )


def _day(line: int, name: str, said: str) -> date:
    try:
        # Other spellings of ISO 8601 would be two readings of one text.
        if said == (found := date.fromisoformat(said)).isoformat():
            return found
    except ValueError:
        pass
    raise ContractBroken(f"{name} must be a day like 2024-05-31, not {shown(said)}.", line=line)
