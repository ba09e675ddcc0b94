"""From a record to what `awardPoints` would be sent: an object of its input, whatever the format.

Both formats end in the same object, and that is read by the API's own rules (`ReadRow`, which the
edge gives): a row of a file and a request cannot be judged in two ways.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coalition.bulk.errors import RowNotReadable
from coalition.earning import AwardRequest
from coalition.files import FileBroken, Record, Records, cells_of, text_of
from coalition.kit.errors import Refusal
from coalition.kit.strict_json import read_json

# The object as `AwardPointsInput`; raises the `Refusal` that says what is wrong with it.
ReadRow = Callable[[Mapping[str, Any]], AwardRequest]

_KEY = "idempotencyKey"
_MEMBER = {"card": "card", "email": "email", "phone": "phone", "externalId": "externalId",
           "memberId": "id"}  # fmt: skip
_MONEY = ("amount", "tax", "shipping", "paidWithPoints")
_TEXT = ("reference", "purchasedAt", "storeCode", "terminalCode", "channel")
COLUMNS = (_KEY, *_MEMBER, *_TEXT, *_MONEY, "currency")
_NEEDED = ("reference", "purchasedAt", "amount", "currency")
_IN_JSON = ("card", "email", "phone", "externalId", "id")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: an award to ask for, or what is wrong with it. `place` from 1."""

    place: int
    line: int
    key: str | None
    reference: str | None
    request: AwardRequest | None = None
    refusal: Refusal | None = None


class Reading:
    """The rows of one file, record by record. `key_of`: the key of a row that has none."""

    def __init__(self, format_: str, read_row: ReadRow, key_of: Callable[[int], str]) -> None:
        self._is_csv = format_ == "CSV"
        self._read_row = read_row
        self._key_of = key_of
        self._columns: list[str] | None = None
        self.records = Records(quoted=self._is_csv)
        self.rows = 0

    def rows_of(self, records: Iterable[Record], *, behind: int = 0) -> list[Row]:
        """The rows after place `behind`; those before it are only counted. Raises `FileBroken`."""
        found = []
        for record in records:
            if self._is_csv and self._columns is None:
                self._columns = _header(record)
                continue
            self.rows += 1
            if self.rows > behind:
                found.append(self._row(record))
        return found

    def _row(self, record: Record) -> Row:
        place = self.rows
        # Not inside what may be refused: it is the whole file's fault.
        text_of(record)
        try:
            said = self._object(record)
        except ValueError as error:
            refusal = RowNotReadable(f"Line {record.line} cannot be read: {error}")
            return Row(place, record.line, None, None, refusal=refusal)
        if _KEY not in said:
            said = {_KEY: self._key_of(place), **said}
        purchase = said.get("purchase")
        reference = purchase.get("reference") if isinstance(purchase, dict) else None
        key = _shown(said[_KEY])
        try:
            self._check_member(said.get("member"))
            request = self._read_row(said)
        except Refusal as refusal:
            return Row(place, record.line, key, _shown(reference), refusal=refusal)
        return Row(place, record.line, key, _shown(reference), request)

    def _check_member(self, said: object) -> None:
        """Says in the names of this format what the schema says in GraphQL's. Everything else
        that may be wrong about a member is left to the schema.
        """
        names = _MEMBER if self._is_csv else _IN_JSON
        if isinstance(said, dict) and said.keys() <= set(_IN_JSON) and len(said) != 1:
            raise RowNotReadable(
                f"A member is named by exactly one of {', '.join(names)}.", field=("member",)
            )

    def _object(self, record: Record) -> Mapping[str, Any]:
        if not self._is_csv:
            try:
                said = read_json(record.data)
            except ValueError:
                raise ValueError("it is not JSON with each name once in an object.") from None
            if not isinstance(said, dict):
                raise ValueError("it is not a JSON object.")
            return said
        columns = self._columns or []
        cells = cells_of(record)
        if len(cells) != len(columns):
            raise ValueError(f"it has {len(cells)} cells, and the header {len(columns)}.")
        return _as_input({name: cell for name, cell in zip(columns, cells, strict=True) if cell})


def _header(record: Record) -> list[str]:
    try:
        columns = [cell.strip() for cell in cells_of(record)]
    except ValueError as error:
        raise FileBroken(f"The header cannot be read: {error}", line=record.line) from None
    unknown = [name for name in columns if name not in COLUMNS]
    missing = [name for name in _NEEDED if name not in columns]
    if unknown:
        raise FileBroken(
            f"The header has columns that are not known: {', '.join(map(repr, unknown))[:200]}."
            f" There are: {', '.join(COLUMNS)}.",
            line=record.line,
        )
    if missing or len(set(columns)) != len(columns) or not _MEMBER.keys() & set(columns):
        raise FileBroken(
            f"The header must have {', '.join(_NEEDED)}, and one of {', '.join(_MEMBER)}; each"
            " column once.",
            line=record.line,
        )
    return columns


def _as_input(cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells of one row as `AwardPointsInput`; an empty cell is not there."""
    currency = cells.get("currency")
    purchase: dict[str, Any] = {name: cells[name] for name in _TEXT if name in cells}
    for name in _MONEY:
        if name in cells:
            purchase[name] = {"amount": cells[name]}
            if currency is not None:
                purchase[name]["currency"] = currency
    said: dict[str, Any] = {
        "member": {field: cells[name] for name, field in _MEMBER.items() if name in cells},
        "purchase": purchase,
    }
    if _KEY in cells:
        said[_KEY] = cells[_KEY]
    return said


def _shown(value: object) -> str | None:
    """What a result may repeat of a row: text that can be stored and is no longer than allowed."""
    longest = 255
    if not isinstance(value, str) or not value.isprintable() or len(value) > longest:
        return None
    return value.strip()
