"""What a partners' file makes of an empty coalition: the same each time, so it is kept, and put
back by one script instead of forty statements. Most tests begin with one of a few files.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from coalition.partners.apply import Applied
from coalition.partners.file import LoadedFile

from .reset import KEPT

_COLUMNS = """
SELECT c.relname AS "table", string_agg(quote_ident(a.attname), ', ') AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'coalition'::regnamespace AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition AND c.relname <> ALL ($1)
   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 GROUP BY c.relname
"""
_ROWS = """
SELECT 'INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM '
  'jsonb_populate_recordset(NULL::{table}, ' || quote_literal(jsonb_agg(to_jsonb(t))) || ');'
  FROM {table} t HAVING count(*) > 0
"""
_NUMBERS = """
SELECT format('SELECT setval(%L, %s);', sequencename, last_value) FROM pg_sequences
 WHERE schemaname = 'coalition' AND last_value IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Made:
    applied: Applied
    script: str


def names_files(text: str) -> bool:
    """Whether other files stand in it by name, which may be others each time."""
    return "logo" in text


_Key = tuple[str, frozenset[tuple[str, str]]]
_made: dict[_Key, _Made] = {}
_times: Counter[_Key] = Counter()


@dataclass(frozen=True)
class Kept:
    """For a superuser's connection to the one database of this process that tests empty."""

    connection: "asyncpg.Connection[asyncpg.Record]"

    async def put_back(self, file: LoadedFile, environment: Mapping[str, str]) -> Applied | None:
        """Nothing where the file was not kept."""
        made = _made.get(_key(file, environment))
        if made is None:
            return None
        await self.connection.execute(made.script)
        return made.applied

    async def keep(
        self, file: LoadedFile, environment: Mapping[str, str], applied: Applied
    ) -> None:
        """What stands now, if the file came a second time: most come once."""
        key = _key(file, environment)
        _times[key] += 1
        if _times[key] != 2 or names_files(key[0]):
            return
        lines = ["BEGIN; SET LOCAL session_replication_role = replica;"]
        for table, columns in await self.connection.fetch(_COLUMNS, KEPT):
            rows = await self.connection.fetchval(_ROWS.format(table=table, columns=columns))
            lines += [rows] if rows else []
        lines += [one for (one,) in await self.connection.fetch(_NUMBERS)]
        _made[key] = _Made(applied, "\n".join([*lines, "COMMIT;"]))


def _key(file: LoadedFile, environment: Mapping[str, str]) -> _Key:
    return file.path.read_text(), frozenset(environment.items())
