"""What partners may still issue: out of packs bought beforehand, and on credit.

Points of packs count as points; credit counts in 10^-8 of the partner's currency, so that a
price times points is never rounded down.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.ledger.law import Check
from coalition.ledger.records import allowance, allowance_part, allowance_use, entry


class AllowanceKind(IntEnum):
    PACKS = 1
    CREDIT = 2


@dataclass(frozen=True, slots=True)
class Allowance:
    """Units: `granted` in all, `left` of them; paid credit is given back, and not in `granted`.
    With fewer than `alert_below` left the partner is warned; 0: never.
    """

    partner_id: int
    kind: AllowanceKind
    granted: int
    left: int
    alert_below: int

    @property
    def is_low(self) -> bool:
        """Whether the partner has been warned, and nothing was added since."""
        return self.left < self.alert_below


@dataclass(frozen=True, slots=True)
class PackUse:
    """Points of a partner and agreement that its packs paid for in a period, returns taken off."""

    partner_id: int
    agreement_id: int
    points: int


ALLOWANCES_ADD_UP = Check(
    "ST2",
    "What is left of each partner's packs and credit is what was granted less what was issued",
    """
    SELECT format('allowance %s of partner %s: %s granted, %s paid back, %s used, %s left',
                  coalesce(a.kind, s.kind), coalesce(a.partner_id, s.partner_id), a.granted,
                  a.restored, u.units, s.units)
      FROM allowance a
      FULL JOIN (SELECT partner_id, kind, sum(units) AS units FROM allowance_part GROUP BY 1, 2) s
        ON s.partner_id = a.partner_id AND s.kind = a.kind
      LEFT JOIN (SELECT partner_id, kind, sum(units) AS units FROM allowance_use GROUP BY 1, 2) u
        ON u.partner_id = a.partner_id AND u.kind = a.kind
     WHERE s.units IS DISTINCT FROM a.granted + a.restored - coalesce(u.units, 0)
    UNION ALL
    SELECT format('packs of partner %s: %s points granted, %s bought', partner_id, granted, bought)
      FROM (SELECT a.partner_id, a.granted, sum(p.points) AS bought
              FROM allowance a JOIN prepaid_pack p ON p.partner_id = a.partner_id
             WHERE a.kind = 1 GROUP BY 1, 2) AS packs
     WHERE granted <> bought
    UNION ALL
    SELECT format('use of partner %s by the entry of member %s at place %s: %s points, the entry'
                  ' says %s', u.partner_id, u.member_id, u.seq, u.points, e.points)
      FROM allowance_use u
      LEFT JOIN entry e ON e.member_id = u.member_id AND e.seq = u.entry_seq AND e.kind = 1
     WHERE u.points > 0 AND (u.points, u.partner_id, u.agreement_id, u.seq, u.period_id)
           IS DISTINCT FROM (e.points, e.partner_id, e.agreement_id, e.seq, e.period_id)
    UNION ALL
    SELECT format('given back to partner %s by the return of member %s at place %s: %s points in'
                  ' period %s, which the return does not say', u.partner_id, u.member_id, u.seq,
                  u.points, u.period_id)
      FROM allowance_use u
      LEFT JOIN award_reversal r ON r.member_id = u.member_id AND r.seq = u.seq
      LEFT JOIN allowance_use g ON g.member_id = u.member_id AND g.seq = u.entry_seq
       AND g.partner_id = u.partner_id AND g.points > 0
      LEFT JOIN LATERAL (
        SELECT e.period_id FROM entry e
         WHERE e.member_id = u.member_id AND e.reverses = u.entry_seq AND e.kind = 2
           AND e.seq >= u.seq ORDER BY e.seq LIMIT 1) e ON true
     WHERE u.points <= 0 AND (r.seq IS NULL OR (u.kind, u.agreement_id, u.period_id)
           IS DISTINCT FROM (g.kind, g.agreement_id, e.period_id))
    """,
)


async def allowances_of(
    connection: AsyncConnection, partner_id: int | None = None
) -> list[Allowance]:
    """A partner's packs and credit, without either none; those of all that the connection may see,
    without a partner.
    """
    left = sa.cast(sa.func.sum(allowance_part.c.units), sa.BigInteger).label("left")
    known = (
        allowance.c.partner_id, allowance.c.kind, allowance.c.granted, allowance.c.alert_below,
    )  # fmt: skip
    query = (
        sa.select(*known, left)
        .join(
            allowance_part,
            (allowance_part.c.partner_id == allowance.c.partner_id)
            & (allowance_part.c.kind == allowance.c.kind),
        )
        .group_by(*known)
        .order_by(allowance.c.partner_id, allowance.c.kind)
    )
    if partner_id is not None:
        query = query.where(allowance.c.partner_id == partner_id)
    return [
        Allowance(row.partner_id, AllowanceKind(row.kind), row.granted, row.left, row.alert_below)
        for row in await connection.execute(query)
    ]


async def pack_uses(
    connection: AsyncConnection, period_id: int, *, before: datetime | None = None
) -> list[PackUse]:
    """What packs paid for in a period, or before an instant of it; that was billed when the packs
    were bought.
    """
    keys = (allowance_use.c.partner_id, allowance_use.c.agreement_id)
    query = (
        sa.select(
            *keys, sa.cast(sa.func.sum(allowance_use.c.points), sa.BigInteger).label("points")
        )
        .where(allowance_use.c.period_id == period_id, allowance_use.c.kind == AllowanceKind.PACKS)
        .group_by(*keys)
        .order_by(*keys)
    )
    if before is not None:
        query = query.where(
            sa.exists().where(
                entry.c.member_id == allowance_use.c.member_id,
                entry.c.seq == allowance_use.c.seq,
                entry.c.period_id == period_id,
                entry.c.occurred_at < before,
            )
        )
    return [PackUse(**row._asdict()) for row in await connection.execute(query)]
