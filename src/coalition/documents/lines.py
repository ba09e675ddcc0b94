"""The line file: every entry behind every line of a statement, one JSON object a line, chained.

What is hashed is written in docs/proof.md; coalition.proof.rows reads it.
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field

from coalition.documents.content import LineProof, StoreSum, exact_instant, money
from coalition.kit.ids import Kind, Seal
from coalition.proof.canonical import canonical
from coalition.proof.rows import FORMAT, row_hash
from coalition.settlement import LineDetail

Details = AsyncIterable[tuple[int, Sequence[LineDetail]]]


@dataclass(slots=True)
class LineFile:
    """Written once, in order; afterwards `proofs` and `stores` (by line), `rows` and `sha256`
    stand.
    """

    number: str
    seal: Seal
    proofs: dict[int, LineProof] = field(default_factory=dict)
    stores: dict[int, dict[str | None, StoreSum]] = field(default_factory=dict)
    rows: int = 0
    _whole: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        return self._whole.hexdigest()

    async def written(self, details: Details) -> AsyncIterator[bytes]:
        """The file, piece by piece, from (line, entries behind it) in the order of the lines."""
        yield self._said({"format": FORMAT, "statement": self.number})
        async for line, entries in details:
            yield b"".join(self._row(line, one) for one in entries)
        yield self._said({"rows": self.rows})

    def _row(self, line: int, one: LineDetail) -> bytes:
        before = self.proofs.get(line, LineProof(0, 0, ""))
        row: dict[str, object] = {
            "line": line,
            "row": before.rows + 1,
            "entry": _entry(self.seal, one),
            "occurredAt": exact_instant(one.occurred_at),
            "recordedAt": exact_instant(one.recorded_at),
            "points": str(one.points),
            "amount": money(one.amount),
            "reference": one.reference,
            "store": one.store,
        }
        row["sha256"] = row_hash(bytes.fromhex(before.sha256), row).hex()
        self.rows += 1
        self.proofs[line] = LineProof(
            before.rows + 1, before.points + one.points, str(row["sha256"])
        )
        self._count(line, one)
        return self._said(row)

    def _count(self, line: int, one: LineDetail) -> None:
        stores = self.stores.setdefault(line, {})
        known = stores.get(one.store, StoreSum(0, 0, 0))
        stores[one.store] = StoreSum(
            known.rows + 1, known.points + one.points, known.minor + one.amount.minor
        )

    def _said(self, row: dict[str, object]) -> bytes:
        text = canonical(row) + b"\n"
        self._whole.update(text)
        return text


def _entry(seal: Seal, one: LineDetail) -> str:
    """As StatementLineDetail.id names it."""
    entry = seal.seal(Kind.ENTRY, one.member_id, one.seq)
    return f"{entry}.{seal.seal(Kind.ENTRY, one.member_id, one.lot_seq)}" if one.lot_seq else entry
