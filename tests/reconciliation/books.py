"""A partner's own books: the rows that it would tell of a period, and the file that it sends."""

import gzip
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from coalition import reconciliation
from coalition.access import Actor
from coalition.kit.database import Sight
from coalition.reconciliation import FileRequest, ItemFilter, ItemRecord, Ran, Summary
from tests.support import World

Row = dict[str, str]
COLUMNS = ("kind", "reference", "occurredAt", "points", "amount", "currency", "status", "store",
           "terminal", "receipt", "card")  # fmt: skip

# What the partner's systems saw, straight from the tables: not by the code under test.
_SEEN = """
SELECT seen.kind, seen.reference, seen.occurred_at, seen.points, seen.amount, seen.store,
       seen.terminal, i.card FROM (
  SELECT 'AWARD' AS kind, a.reference, a.purchased_at AS occurred_at, a.points, a.amount,
         a.store_code AS store, a.terminal_code AS terminal, a.member_id, a.partner_id, a.seq
    FROM award a
  UNION ALL
  SELECT 'RETURN', a.reference, r.occurred_at, r.points, r.returned, a.store_code,
         a.terminal_code, a.member_id, a.partner_id, r.seq
    FROM award_reversal r JOIN award a ON a.member_id = r.member_id AND a.seq = r.award_seq
  UNION ALL
  SELECT 'REDEMPTION', d.reference, d.redeemed_at, d.points, NULL, d.store_code, NULL, d.member_id,
         d.partner_id, d.seq
    FROM redemption d
  UNION ALL
  SELECT 'REFUND', d.reference, r.occurred_at, r.points, NULL, d.store_code, NULL, d.member_id,
         d.partner_id, r.seq
    FROM refund r JOIN redemption d ON d.member_id = r.member_id AND d.seq = r.redemption_seq
) seen
JOIN (SELECT member_id, value AS card FROM identifier WHERE kind = 'CARD') i USING (member_id)
JOIN entry e USING (member_id, seq)
JOIN period p ON p.id = e.period_id
WHERE seen.partner_id = $1 AND p.label = $2
ORDER BY seen.occurred_at, member_id, seq
"""


@dataclass(frozen=True)
class PartnerFile:
    """A file with every part in its partner's hands, so that each can be got wrong."""

    rows: Sequence[Row]
    partner: str = "grocer"
    period: str = "2026-03"
    sequence: int | str = 1
    currency: str = "USD"
    created: str = "2026-03-31T12:00:00Z"
    trailer: Row = field(default_factory=dict)

    def csv(self) -> bytes:
        head = f"HEADER,{self.partner},{self.period},{self.sequence},{self.currency},{self.created}"
        lines = [head, ",".join(COLUMNS)]
        lines += [",".join(row.get(name, "") for name in COLUMNS) for row in self.rows]
        said = self.sums()
        lines.append(f"TRAILER,{said['rows']},{said['points']},{said['amount']}")
        return ("\n".join(lines) + "\n").encode()

    def ndjson(self) -> bytes:
        header = {"type": "HEADER", "partner": self.partner, "period": self.period,
                  "sequence": self.sequence, "currency": self.currency,
                  "created": self.created}  # fmt: skip
        lines = [header, *({"type": "ROW", **row} for row in self.rows),
                 {"type": "TRAILER", **self.sums()}]  # fmt: skip
        return "".join(json.dumps(one) + "\n" for one in lines).encode()

    def gzipped(self) -> bytes:
        return gzip.compress(self.csv())

    def sums(self) -> Row:
        # What is no number is what a test is about: it does not come so far as to be summed.
        amounts = [Decimal(row["amount"]) for row in self.rows if row.get("amount")]
        points = [int(row["points"]) for row in self.rows if row["points"].isdecimal()]
        return {
            "rows": str(len(self.rows)),
            "points": str(sum(points)),
            "amount": str(sum(amounts, Decimal(0))),
        } | self.trailer

    def but(self, **changes: object) -> "PartnerFile":
        return replace(self, **changes)  # type: ignore[arg-type]  # fields by their names


async def true_rows(world: World, brand: str, period: str = "2026-03") -> list[Row]:
    """What the brand did in a period, as its own systems saw it."""
    found = await world.superuser.fetch(_SEEN, world.partner(brand).id, period)
    return [
        {
            "kind": row["kind"],
            "reference": row["reference"],
            "occurredAt": row["occurred_at"].isoformat(),
            "points": str(row["points"]),
            "amount": "" if row["amount"] is None else str(Decimal(row["amount"]) / 100),
            "store": row["store"] or "",
            "terminal": row["terminal"] or "",
            "card": row["card"],
        }
        for row in found
    ]


async def true_file(world: World, brand: str = "grocer", period: str = "2026-03") -> PartnerFile:
    return PartnerFile(
        await true_rows(world, brand, period), partner=brand, period=period,
        currency=world.partner(brand).currency, created=world.now.isoformat(),
    )  # fmt: skip


async def pieces(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def send(
    world: World, file: PartnerFile | bytes, *, brand: str = "grocer", actor: Actor | None = None,
    key: str | None = None, format_: str = "CSV", compression: str = "NONE",
    period: str | None = None,
) -> reconciliation.Taken:  # fmt: skip
    """Send a file as its partner would; what is taken is not compared yet."""
    content = file.csv() if isinstance(file, PartnerFile) else file
    label = period or (file.period if isinstance(file, PartnerFile) else "2026-03")
    sender = actor or world.actor(brand)
    created = await reconciliation.create_file(
        world.office,
        actor=sender,
        request=FileRequest(key or world._key(None), label, format_, compression),
        now=world.now,
    )
    return await reconciliation.take_file(
        world.office, actor=sender, file_id=created.file_id, pieces=pieces(content), now=world.now
    )


async def compare(world: World, taken: reconciliation.Taken, brand: str = "grocer") -> Ran:
    return await reconciliation.run_reconciliation(
        world.office, actor=world.actor(brand), file_id=taken.file_id, now=world.now
    )


async def reconcile(world: World, file: PartnerFile, brand: str = "grocer") -> int:
    """Send and compare; the file's id."""
    taken = await send(world, file, brand=brand)
    await compare(world, taken, brand)
    return taken.file_id


async def items(world: World, file_id: int, brand: str = "grocer") -> list[ItemRecord]:
    async with world.database.reading(Sight(partner_id=world.partner(brand).id)) as connection:
        return await reconciliation.list_items(
            connection, ItemFilter(file_id=file_id), after=None, limit=10_000
        )


async def summary(world: World, file_id: int, brand: str = "grocer") -> Summary:
    async with world.database.reading(Sight(partner_id=world.partner(brand).id)) as connection:
        (found,) = (await reconciliation.summaries_of(connection, [file_id])).values()
    return found


def told(found: Iterable[ItemRecord]) -> list[tuple[str, str, int, int]]:
    """Class, reference, and the points of the ledger and of the file, in order."""
    return sorted(
        (one.row_class.value, one.reference, one.ledger_points, one.file_points) for one in found
    )


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02}T{hour:02}:{minute:02}:00+00:00")
