"""Back to an empty coalition between two tests, in a millisecond or two.

Tests commit, as the real thing does. What they leave is deleted as superuser with the triggers
off, so the append-only guards and foreign keys have no say.
"""

from dataclasses import dataclass
from typing import Self

import asyncpg

# Made by `migrate`, which is not run again.
KEPT = ("schema_version", "secret", "signing_key")

_TABLES = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'coalition'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
 ORDER BY relname
"""
_NUMBERS = """
SELECT format('SELECT setval(%L, 1, false);', relname::text) FROM pg_class
 WHERE relnamespace = 'coalition'::regnamespace AND relkind = 'S'
"""
_DROP_PARTS = """
DO $$
DECLARE part regclass;
BEGIN
  FOR part IN SELECT c.oid FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
    WHERE inhparent IN ('coalition.entry'::regclass, 'coalition.lot_use'::regclass)
      AND (c.relname NOT IN ({kept})
        OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'closed'))
  LOOP
    EXECUTE 'DROP TABLE ' || part;
  END LOOP;
END $$;
"""


# Kept for the first period of the next test: to make them, and every plan anew because of it, takes
# longer than most of what a test does. Not if it was closed: it has a trigger of its own then.
_KEPT_PARTS = "'entry_of_1', 'lot_use_of_1'"


@dataclass(frozen=True)
class Reset:
    connection: "asyncpg.Connection[asyncpg.Record]"
    script: str

    @classmethod
    async def of(cls, connection: "asyncpg.Connection[asyncpg.Record]") -> Self:
        """For a superuser's connection to the database of a worker."""
        await connection.execute("SET search_path = coalition, pg_temp")
        tables = [row[0] for row in await connection.fetch(_TABLES) if row[0] not in KEPT]
        numbers = [row[0] for row in await connection.fetch(_NUMBERS)]
        lines = [
            "BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL session_replication_role = replica;",
            _DROP_PARTS.format(kept=_KEPT_PARTS),
            *(f"DELETE FROM {table};" for table in tables),
            *numbers,
            "COMMIT;",
        ]
        return cls(connection, "\n".join(lines))

    async def __call__(self) -> None:
        await self.connection.execute(self.script)

    async def without_parts(self) -> None:
        """As when no period was opened yet."""
        await self.connection.execute(_DROP_PARTS.format(kept="''"))
