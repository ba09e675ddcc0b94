"""The law of guards: what keeps the books from being changed is there, as it was installed.

Guards are triggers, constraints, columns that are never empty, row-level security with its
policies, rights of the roles, and functions. What they are is said in two places, each of which
makes them: the migrations, whose outcome `make guards` writes down in guards.txt, and the .sql
files beside the verbs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import resources

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.functions import installed_functions
from coalition.kit.database import EVERYTHING, Database
from coalition.ledger import Broken, Check

GUARDS_STAND = Check(
    "LE9", "Every guard of the tables, and every function, is as it was installed", ""
)
OFF = "switched off"
_SHOWN = 20
_PART = re.compile(r"\b((?:entry|lot_use)_of_)(\d+)\b")
_OF_CLOSED_PARTS = ", trigger closed"

# What guards, and how, each as one text. Of functions: the hash of what they do.
_LIVE = r"""
WITH relation AS (
  SELECT c.*, format('%s %s', CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'
                                             WHEN 'm' THEN 'view' ELSE 'table' END,
                     c.relname) AS name
    FROM pg_class c
   WHERE c.relnamespace = 'coalition'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
), role AS (
  SELECT 0::oid AS oid, 'PUBLIC' AS name
  UNION ALL
  SELECT oid, rolname FROM pg_roles WHERE rolname IN ('coalition_app', 'coalition_reader')
), schema AS (
  SELECT * FROM pg_namespace WHERE nspname IN ('coalition', 'books', 'verbs')
), acl AS (
  SELECT name, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char",
                                           relowner)) AS acl FROM relation
  UNION ALL
  SELECT format('%s, column %s', r.name, a.attname), a.attacl
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
   WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM schema
)
SELECT name AS guard,
       concat_ws('; ', 'owned by ' || pg_get_userbyid(relowner),
                 CASE WHEN relrowsecurity THEN 'row-level security' END,
                 CASE WHEN relforcerowsecurity THEN 'forced' END) AS definition
  FROM relation WHERE relkind <> 'S'
UNION ALL
SELECT format('%s, trigger %s', r.name, t.tgname),
       concat_ws('; ', CASE WHEN t.tgenabled NOT IN ('O', 'A') THEN 'switched off' END,
                 regexp_replace(pg_get_triggerdef(t.oid), '^CREATE TRIGGER \S+ | ON \S+', '', 'g'))
  FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('%s, what checks constraint %s', r.name, c.conname), 'switched off'
  FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid
  LEFT JOIN pg_constraint c ON c.oid = t.tgconstraint
 WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
UNION ALL
SELECT format('%s, constraint %s', r.name, c.conname), pg_get_constraintdef(c.oid)
  FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
 WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND NOT r.relispartition
UNION ALL
SELECT format('%s, columns that are never empty', r.name),
       string_agg(a.attname, ', ' ORDER BY a.attname)
  FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid
 WHERE a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped AND r.relkind IN ('r', 'p')
   AND NOT r.relispartition
 GROUP BY r.name
UNION ALL
SELECT format('%s, unique index %s', r.name, i.indexrelid::regclass),
       concat_ws('; ', CASE WHEN NOT i.indisvalid THEN 'not valid' END,
                 regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', ''))
  FROM relation r JOIN pg_index i ON i.indrelid = r.oid
 WHERE i.indisunique AND NOT r.relispartition
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid
                      AND c.conrelid = i.indrelid)
UNION ALL
SELECT format('%s, policy %s', r.name, p.polname),
       concat_ws('; ', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN '*' THEN 'ALL'
                                     ELSE p.polcmd::text END,
                 CASE WHEN NOT p.polpermissive THEN 'restrictive' END,
                 'to ' || (SELECT string_agg(CASE o WHEN 0 THEN 'PUBLIC'
                                                    ELSE pg_get_userbyid(o) END, ', ' ORDER BY o)
                             FROM unnest(p.polroles) o),
                 'using ' || pg_get_expr(p.polqual, p.polrelid),
                 'with check ' || pg_get_expr(p.polwithcheck, p.polrelid))
  FROM relation r JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT format('%s, rule %s', r.name, w.rulename), pg_get_ruledef(w.oid)
  FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT format('%s, rights of %s', acl.name, role.name),
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
  FROM acl, aclexplode(acl.acl) a JOIN role ON role.oid = a.grantee GROUP BY 1
UNION ALL
SELECT format('function %s.%s', s.nspname, p.proname),
       concat_ws('; ',
         CASE p.prokind
           WHEN 'a' THEN 'steps of ' || (SELECT g.aggtransfn::text FROM pg_aggregate g
                                          WHERE g.aggfnoid = p.oid)
           ELSE encode(sha256(convert_to(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc),
                                         'UTF8')), 'hex') END,
         CASE WHEN p.proowner <> 'coalition_owner'::regrole
              THEN 'owned by ' || pg_get_userbyid(p.proowner) END,
         CASE WHEN p.prosecdef THEN 'security definer' END,
         array_to_string(p.proconfig, '; '),
         'for ' || (SELECT string_agg(role.name, ', ' ORDER BY role.name)
                      FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                      JOIN role ON role.oid = a.grantee))
  FROM schema s JOIN pg_proc p ON p.pronamespace = s.oid
 -- But not what comes with a type.
 WHERE NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                      AND d.objid = p.oid AND d.deptype = 'i')
UNION ALL
SELECT 'role ' || o.rolname, concat_ws(', ', CASE WHEN o.rolsuper THEN 'superuser' END,
         CASE WHEN o.rolbypassrls THEN 'bypasses row-level security' END,
         CASE WHEN o.rolcreaterole THEN 'makes roles' END)
  FROM role JOIN pg_roles o ON o.oid = role.oid
 WHERE o.rolsuper OR o.rolbypassrls OR o.rolcreaterole
UNION ALL
SELECT 'role ' || role.name, 'a member of ' || pg_get_userbyid(m.roleid)
  FROM role JOIN pg_auth_members m ON m.member = role.oid
UNION ALL
SELECT 'setting ' || split_part(one, '=', 1), concat_ws(' of ', split_part(one, '=', 2),
         CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END)
  FROM pg_db_role_setting s, unnest(s.setconfig) one
 WHERE one LIKE 'session\_replication\_role=%'
"""


async def altered_guards(database: Database) -> Broken:
    """Guards that are missing, switched off, or others than those that were installed."""
    async with database.reading(EVERYTHING) as connection:
        live = await guards_of(connection)
        periods = await connection.execute(
            sa.text("SELECT id, state = 'open' AS is_open FROM period")
        )
        expected = dict(_expected({row.id: row.is_open for row in periods}))
    return Broken(GUARDS_STAND, tuple(_differences(live, expected))[:_SHOWN])


async def guards_of(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Each guard of a database with its definition, on one line. Two of one name are both there."""
    rows = await connection.exec_driver_sql(_LIVE)
    return sorted((row.guard, " ".join(row.definition.split())) for row in rows)


def written_down(live: Iterable[tuple[str, str]]) -> str:
    """guards.txt: of a database with nothing in it but one period, which was cut off."""
    lines = {
        f"{guard}\t{definition}\n"
        for guard, definition in live
        if guard not in installed_functions()
    }
    return "".join(sorted(_PART.sub(r"\1*", one) for one in lines))


def _expected(periods: Mapping[int, bool]) -> Iterator[tuple[str, str]]:
    """Each guard of a database with these periods, and whether each of them is open."""
    yield from installed_functions().items()
    for guard, definition in _installed_by_migrations():
        if "_of_*" not in guard:
            yield guard, definition
            continue
        for period_id, is_open in periods.items():
            if not (is_open and guard.endswith(_OF_CLOSED_PARTS)):
                yield guard.replace("*", str(period_id)), definition


@lru_cache(maxsize=1)
def _installed_by_migrations() -> tuple[tuple[str, str], ...]:
    text = (resources.files("coalition") / "jobs" / "guards.txt").read_text()
    found = (line.partition("\t") for line in text.splitlines())
    return tuple((guard, definition) for guard, _, definition in found)


def _differences(live: Iterable[tuple[str, str]], expected: Mapping[str, str]) -> Iterator[str]:
    seen = set()
    for guard, definition in live:
        installed = expected.get(guard)
        if installed is None or guard in seen:
            yield f"{guard}: it was not installed: {definition}"
        elif definition == f"{OFF}; {installed}":
            yield f"{guard}: it is switched off"
        elif definition != installed and guard.startswith("function "):
            yield f"{guard}: it is not the one that was installed"
        elif definition != installed:
            yield f"{guard}: it is {definition}; what was installed is {installed}"
        seen.add(guard)
    for guard in expected.keys() - seen:
        what = "" if guard.startswith("function ") else f"; it was {expected[guard]}"
        yield f"{guard}: it is missing{what}"
