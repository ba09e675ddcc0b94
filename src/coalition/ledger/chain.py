"""The chain of a member's entries: each carries a hash over itself and the one before.

The text that is hashed is that of `entry_text.sql`, said here once more: what checks a chain
does not ask the function that made it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from coalition.ledger.law import Check

BEGINNING = b""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Read in the order of the key, so a book of any size is checked in the memory of one sort.
CHAIN_HOLDS = Check(
    "LE9",
    "Each entry carries the hash of its content and of the entry before it",
    """
    SELECT format('entry of member %s at place %s: not what its hash was made of', c.member_id,
                  c.seq)
      FROM (SELECT e.*, lag(hash, 1, ''::bytea)
                     OVER (PARTITION BY member_id ORDER BY seq, period_id)
                   AS before
              FROM entry e) AS c
      LEFT JOIN lot l ON l.member_id = c.member_id AND l.seq = c.seq AND c.kind IN (1, 9, 11)
      LEFT JOIN award a ON a.member_id = c.member_id AND a.seq = c.seq AND c.kind = 1
     WHERE c.hash <> sha256(before || convert_to(concat(c.member_id, '|', c.seq, '|', c.period_id,
             '|', c.kind, '|', c.debit, '|', c.credit, '|', c.points, '|', c.partner_id, '|',
             c.agreement_id, '|', c.promotion_id, '|', c.reverses, '|', c.reverses_period_id, '|',
             (extract(epoch FROM c.occurred_at) * 1000000)::bigint, '|',
             (extract(epoch FROM c.recorded_at) * 1000000)::bigint, '|',
             (extract(epoch FROM l.earned_at) * 1000000)::bigint, '|',
             (extract(epoch FROM l.spendable_from) * 1000000)::bigint, '|',
             coalesce(l.extended_from, l.expires_on) - '1970-01-01'::date, '|',
             CASE WHEN a.seq IS NOT NULL THEN jsonb_build_array(a.claim, a.request_hash,
               a.reference, a.amount, a.basis,
               (extract(epoch FROM a.spendable_from) * 1000000)::bigint, a.store_code,
               a.terminal_code, a.channel, a.lines) END, '|' || c.cost), 'UTF8'))
    UNION ALL
    SELECT format('balance of member %s: its head is not the hash of its last entry', b.member_id)
      FROM balance b
      LEFT JOIN (SELECT DISTINCT ON (member_id) member_id, hash FROM entry
                  ORDER BY member_id, seq DESC) e ON e.member_id = b.member_id
     WHERE b.head <> coalesce(e.hash, '')
    """,
)


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """What of an entry is hashed, in its order. From `earned_at` on: the lot that it made, and the
    purchase that it was the first entry of, as `purchase_text.sql` spells it. `cost` only where
    there is one.
    """

    member_id: int
    seq: int
    period_id: int
    kind: int
    debit: int
    credit: int
    points: int
    partner_id: int
    agreement_id: int
    promotion_id: int | None
    reverses: int | None
    reverses_period_id: int | None
    occurred_at: datetime
    recorded_at: datetime
    earned_at: datetime | None = None
    spendable_from: datetime | None = None
    last_day: date | None = None
    purchase: str | None = None
    cost: int | None = None

    @property
    def text(self) -> str:
        """The canonical text (docs/books.md)."""
        values = [getattr(self, name) for name in self.__slots__]
        return "|".join(map(_spelled, values if self.cost is not None else values[:-1]))


def chain(entries: Iterable[ChainedEntry], head: bytes = BEGINNING) -> list[bytes]:
    """The hash of each entry of a member, in their order, from the `head` before them."""
    hashes = []
    for entry in entries:
        head = hashlib.sha256(head + entry.text.encode()).digest()
        hashes.append(head)
    return hashes


def _spelled(value: str | int | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return str((value - _EPOCH) // timedelta(microseconds=1))
    if isinstance(value, date):
        return str((value - _EPOCH.date()).days)
    return str(value)
