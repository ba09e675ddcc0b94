"""What the figures are ratios of: pgbench on the same server, and the same rows bare."""

import asyncio
import io
import os
import re
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import timed
from bench.world import World, bench_settings, make_database
from coalition.kit.embedded.binaries import find_binaries

DATABASE = "pgbench"
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_AWARD_TABLES = ("award", "lot", "entry")


@dataclass(frozen=True, slots=True)
class Pgbench:
    """PostgreSQL's own measure, run by the programs that run the server."""

    program: Path
    url: str
    seconds: float

    @classmethod
    async def on(cls, world: World, *, scale: int, seconds: float) -> "Pgbench":
        program = find_binaries(bench_settings().binaries).folder / "pgbench"
        if not program.exists():
            raise SystemExit(f"{program} is not there: set COALITION_PG_BIN to a folder with it.")
        await make_database(world.cluster, DATABASE)
        self = cls(program, world.cluster.url(database=DATABASE), seconds)
        await self._run("-i", "-q", "-s", str(scale), url=self.url)
        return self

    async def tpcb(self, clients: int) -> float:
        """Transactions a second of the TPC-B-like script."""
        return await self._rate(clients)

    async def select_only(self, clients: int) -> float:
        return await self._rate(clients, "-S")

    async def script(
        self, text: str, clients: int, *, url: str, settings: Mapping[str, str]
    ) -> float:
        """Runs of a script a second, in another database."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "script.sql"
            file.write_text(text)
            return await self._rate(clients, "-n", "-f", str(file), url=url, settings=settings)

    async def _rate(
        self,
        clients: int,
        *options: str,
        url: str | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> float:
        threads, seconds = min(clients, os.cpu_count() or 1), max(round(self.seconds), 1)
        said = await self._run(
            "-M", "prepared", "-n", "-c", str(clients), "-j", str(threads), "-T", str(seconds),
            *options, url=url or self.url, settings=settings,
        )  # fmt: skip
        found = _RATE.search(said)
        if found is None:
            raise SystemExit(f"pgbench said no rate:\n{said}")
        return float(found[1])

    async def _run(self, *options: str, url: str, settings: Mapping[str, str] | None = None) -> str:
        given = " ".join(f"-c {name}={value}" for name, value in (settings or {}).items())
        process = await asyncio.create_subprocess_exec(
            self.program, *options, url, env=os.environ | {"PGOPTIONS": given},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        if process.returncode:
            raise SystemExit(f"pgbench failed:\n{said.decode()}")
        return said.decode()


class BareRows:
    """Copies of the tables that an award writes, with the same indexes, rows and balances."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._copied: dict[str, bytes] = {}

    async def prepare(self) -> None:
        run = self._world.superuser.execute
        await run("CREATE SCHEMA bare")
        for table in (*_AWARD_TABLES, "balance"):
            await run(f"CREATE TABLE bare.{table} (LIKE {table} INCLUDING ALL)")
            await run(f"INSERT INTO bare.{table} SELECT * FROM {table}")

    async def remember(self, claims: Sequence[uuid.UUID]) -> None:
        """Take the rows that these awards have written."""
        for table in _AWARD_TABLES:
            text = io.BytesIO()
            join = "" if table == "award" else f" JOIN {table} t USING (member_id, seq)"
            columns = "a.*" if table == "award" else "t.*"
            await self._world.superuser.copy_from_query(
                f"SELECT {columns} FROM award a{join} WHERE a.claim = ANY ($1)",
                claims, output=text, format="binary",
            )  # fmt: skip
            self._copied[table] = text.getvalue()
        await self._world.superuser.execute("CREATE TEMP TABLE IF NOT EXISTS written (LIKE award)")
        await self._world.superuser.execute("TRUNCATE written")
        await self._copy("written", self._copied["award"], schema=None)

    async def copy(self) -> float:
        """Seconds to COPY the remembered rows into the three tables, in one transaction."""

        async def once() -> None:
            async with self._world.superuser.transaction():
                for table, rows in self._copied.items():
                    await self._copy(table, rows, schema="bare")

        return await timed(once)

    async def take_back(self) -> None:
        """Delete the rows again, so that they can be written once more."""
        for table in _AWARD_TABLES:
            await self._world.superuser.execute(
                f"DELETE FROM bare.{table} t USING written w"
                " WHERE t.member_id = w.member_id AND t.seq = w.seq"
            )

    async def insert(self) -> float:
        """Seconds to write them from a temporary table in one statement, balances too."""
        return await timed(lambda: self._world.superuser.execute(_INSERT))

    async def _copy(self, table: str, rows: bytes, *, schema: str | None) -> None:
        await self._world.superuser.copy_to_table(
            table, source=io.BytesIO(rows), schema_name=schema, format="binary"
        )


_INSERT = """
WITH awards AS (
  INSERT INTO bare.award SELECT * FROM written
), lots AS (
  INSERT INTO bare.lot (member_id, seq, issuer_id, agreement_id, points, remaining, earned_at,
                        expires_on)
  SELECT member_id, seq, partner_id, agreement_id, points, points, purchased_at, expires_on
    FROM written
), entries AS (
  INSERT INTO bare.entry (member_id, seq, period_id, kind, debit, credit, points, partner_id,
                          agreement_id, occurred_at, recorded_at, hash)
  SELECT member_id, seq, 1, 1, 10, 20, points, partner_id, agreement_id, purchased_at, recorded_at,
         sha256('')  -- as many bytes as a link of the chain, without the work
    FROM written
)
UPDATE bare.balance b SET points = b.points + w.points, seq = b.seq + w.entries
  FROM (SELECT member_id, sum(points) AS points, count(*) AS entries FROM written GROUP BY 1) w
 WHERE b.member_id = w.member_id
"""
