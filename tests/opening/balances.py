"""An old system's balances, and the file that is made of them: each part can be got wrong."""

import gzip
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from coalition import opening
from tests.support import World

Row = dict[str, str]
COLUMNS = ("issuer", "lot", "points", "earnedOn", "expiresOn", "card", "email", "externalId")


def a_lot(lot: str, points: int | str, card: str = "", **more: str) -> Row:
    return {
        "issuer": "grocer", "lot": lot, "points": str(points), "earnedOn": "2025-06-01",
        "card": card,
    } | more  # fmt: skip


@dataclass(frozen=True)
class OldBooks:
    """`signed`: control totals by issuer, as (lots, points, billed), where they are not the true
    ones.
    """

    rows: Sequence[Row]
    source: str = "Old Club"
    as_of: str = "2026-03-01T00:00:00-05:00"
    signed: Mapping[str, tuple[object, object, str]] = field(default_factory=dict)
    trailer: tuple[object, object] | None = None

    def csv(self) -> bytes:
        lines = [f"HEADER,{self.source},{self.as_of}"]
        lines += [f"ISSUER,{code},{','.join(map(str, told))}" for code, told in self._totals()]
        lines.append(",".join(COLUMNS))
        lines += [",".join(row.get(name, "") for name in COLUMNS) for row in self.rows]
        rows, points = self._sums()
        lines.append(f"TRAILER,{rows},{points}")
        return ("\n".join(lines) + "\n").encode()

    def ndjson(self) -> bytes:
        rows, points = self._sums()
        said: list[dict[str, object]] = [
            {"type": "HEADER", "source": self.source, "asOf": self.as_of},
            *(
                {"type": "ISSUER", "issuer": code,
                 **dict(zip(("lots", "points", "billed"), told, strict=True))}
                for code, told in self._totals()
            ),
        ]  # fmt: skip
        said += [{"type": "ROW", **row} for row in self.rows]
        said.append({"type": "TRAILER", "rows": rows, "points": points})
        return "".join(json.dumps(one) + "\n" for one in said).encode()

    def but(self, **changes: object) -> "OldBooks":
        return replace(self, **changes)  # type: ignore[arg-type]  # fields by their names

    def _totals(self) -> list[tuple[str, tuple[object, object, str]]]:
        true: dict[str, tuple[object, object, str]] = {}
        for code in sorted({row["issuer"] for row in self.rows}):
            own = [row for row in self.rows if row["issuer"] == code]
            true[code] = (len(own), sum(_number(row) for row in own), "paid")
        return list((true | dict(self.signed)).items())

    def _sums(self) -> tuple[object, object]:
        return self.trailer or (len(self.rows), sum(map(_number, self.rows)))


def _number(row: Row) -> int:
    # What is no number is what a test is about: it does not come so far as to be summed.
    return int(row["points"]) if row["points"].isdecimal() else 0


async def carry_over(
    world: World, books: OldBooks | bytes, *, enrol: bool = True, format_: str = "CSV",
    compression: str = "NONE",
) -> opening.CarriedOver:  # fmt: skip
    content = books.csv() if isinstance(books, OldBooks) else books
    if compression == "GZIP":
        content = gzip.compress(content)
    return await opening.carry_over(
        world.office,
        actor=world.operator(),
        request=opening.OpeningRequest(format_, compression, "old.csv", enrol),
        pieces=_pieces(content),
        now=world.now,
    )


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]
