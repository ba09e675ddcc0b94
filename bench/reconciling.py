"""Reconciling a partner's file: what its rows cost, beside the bare join of the same rows."""

import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Pair, Size, begin_peak, resident, timed
from bench.report import Report
from bench.world import Span, World, new_world
from coalition import reconciliation
from coalition.access import OPERATOR_SCOPES, Actor, ActorKind
from coalition.kit.embedded import EmbeddedCluster

_EACH = 10
_PIECE = 256 * 1024
_MEBIBYTE = 1024 * 1024
_OPERATOR = Actor(ActorKind.OPERATOR, "bench", OPERATOR_SCOPES)

# One row in a thousand is told otherwise: other points, another name, or not at all.
_TOLD = """
SELECT 'AWARD', CASE WHEN n % 1000 = 1 THEN 'x-' ELSE '' END || reference,
       to_char(purchased_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.USZ'),
       points + (n % 1000 = 2)::int, to_char(amount / 100.0, 'FM9999999990.00'), card
  FROM (SELECT a.*, i.value AS card, row_number() OVER (ORDER BY a.member_id, a.seq) AS n
          FROM award a JOIN identifier i ON i.member_id = a.member_id AND i.kind = 'CARD'
         WHERE a.partner_id = 1) t
 WHERE n % 1000 <> 3
"""
_BARE = """
CREATE SCHEMA bare;
CREATE TABLE bare.ledger AS
  SELECT a.reference, a.points, a.amount FROM award a WHERE a.partner_id = 1;
CREATE TABLE bare.told (reference text, points bigint, amount numeric);
"""
_JOIN = """
SELECT count(*), count(*) FILTER (WHERE l.points IS DISTINCT FROM t.points),
       sum(l.points), sum(t.points)
  FROM bare.ledger l FULL JOIN bare.told t USING (reference)
"""


async def measure_reconciling(cluster: EmbeddedCluster, size: Size, report: Report) -> list[str]:
    async with new_world(cluster, "reconciling") as world:
        await world.have_members(size.told // _EACH)
        span = await world.month_back(1)
        await world.have_awards(span, first=1, members=size.told // _EACH, each=_EACH, partner_id=1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "told.csv"
            await _write_file(world, span, path)
            await world.superuser.execute(_BARE)
            await _copy_bare(world, path)
            await world.settle_down()
            await _measure(world, span, path, size, report)
        return await world.broken_laws()


async def _measure(world: World, span: Span, path: Path, size: Size, report: Report) -> None:
    now = datetime.now(UTC)
    partner = world.partners[0]
    before = [await timed(lambda: world.superuser.fetchrow(_JOIN)) for _ in range(3)]
    begin_peak()
    at_rest = resident("VmRSS")
    began = time.perf_counter()
    request = reconciliation.FileRequest("bench", span.label, "CSV", "NONE")
    created = await reconciliation.create_file(
        world.office, actor=_OPERATOR, request=request, now=now, partner_id=partner.id
    )
    taken = await reconciliation.take_file(
        world.office, actor=_OPERATOR, file_id=created.file_id, pieces=_pieces(path), now=now,
        partner_id=partner.id,
    )  # fmt: skip
    read = time.perf_counter() - began
    began = time.perf_counter()
    ran = await reconciliation.run_reconciliation(
        world.office, actor=_OPERATOR, file_id=taken.file_id, now=now, partner_id=partner.id
    )
    compared = time.perf_counter() - began
    peak = resident()
    after = [await timed(lambda: world.superuser.fetchrow(_JOIN)) for _ in range(3)]
    join = sorted((*before, *after))[3]
    assert all(one.closes for one in ran.identities.values())
    told = f"file of {size.told:,} rows"
    for name, seconds in (("read and kept", read), ("compared with the ledger", compared)):
        pair = Pair()
        pair.add(seconds, join)
        report.add(f"{told}: {name}", pair.ratio(), shown="{:.1f} s", of="{:.2f} s the bare join")
    if peak is not None and at_rest is not None:
        report.note(
            f"{told}: memory of the process",
            f"{peak / _MEBIBYTE:.0f} MiB at most, {at_rest / _MEBIBYTE:.0f} MiB before",
        )


async def _write_file(world: World, span: Span, path: Path) -> None:
    created = min(span.ends_at, datetime.now(UTC)).isoformat()
    partner = world.partners[0]
    with path.open("wb") as file:
        file.write(f"HEADER,{partner.code},{span.label},1,{partner.currency},{created}\n".encode())
        file.write(b"kind,reference,occurredAt,points,amount,card\n")
        await world.superuser.copy_from_query(_TOLD, output=file, format="csv")
        row = await world.superuser.fetchrow(
            f"SELECT count(*), sum(points), sum(amount::numeric) FROM ({_TOLD})"
            " AS t (kind, reference, at, points, amount, card)"
        )
        assert row is not None
        file.write(f"TRAILER,{row[0]},{row[1]},{row[2]}\n".encode())


async def _copy_bare(world: World, path: Path) -> None:
    await world.superuser.execute(
        f"INSERT INTO bare.told SELECT reference, points, amount::numeric FROM ({_TOLD})"
        " AS t (kind, reference, at, points, amount, card)"
    )
    assert path.stat().st_size > 0  # noqa: ASYNC240 - nobody else waits


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
