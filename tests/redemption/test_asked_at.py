"""A database from before it was kept when points were asked for."""

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from coalition.jobs.seals import SEALED, unsealed_rows
from coalition.migrate import alembic_config
from tests.support import World
from tests.support.catalogue import Counter, a_reward
from tests.support.one_transaction import one_transaction

_TABLES = ("hold", "redemption")
# As it was: the trigger's columns are of migration 0001.
_BEFORE = (
    "DROP TRIGGER frozen ON hold",
    *(f"ALTER TABLE {table} DROP COLUMN asked_at" for table in _TABLES),
    """CREATE TRIGGER frozen BEFORE UPDATE OF member_id, seq, partner_id, agreement_id, claim,
      points, reference, expires_at ON hold FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)
_BEHIND_OUR_BACK = (
    "SET LOCAL session_replication_role = replica",
    "UPDATE redemption SET points = points - 1 WHERE points = 40",
    "SET LOCAL session_replication_role = origin",
)
_ASKED = """
SELECT 'hold', h.asked_at = h.recorded_at FROM hold h
UNION ALL
SELECT CASE WHEN h.seq IS NULL THEN 'redemption' ELSE 'capture' END,
       r.asked_at = coalesce(h.recorded_at, r.recorded_at)
  FROM redemption r LEFT JOIN hold h ON h.member_id = r.member_id AND h.seq = r.hold_seq
 ORDER BY 1
"""


def _upgrade(connection: sa.Connection) -> None:
    revision = ScriptDirectory.from_config(alembic_config()).get_revision("0029")
    with Operations.context(MigrationContext.configure(connection)):
        revision.module.upgrade()


async def test_an_old_database_learns_when_points_were_asked_for_and_forgives_no_edit(
    world: World,
) -> None:
    await world.apply()
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1000.00")
    counter = Counter(world)
    await counter.claim(ada, await counter.put("bakery", a_reward()))
    await world.capture("bakery", await world.hold("bakery", ada, 50), 20)
    await world.hold("grocer", ada, 30)
    await world.redeem("grocer", ada, 40)
    async with one_transaction(world.addresses) as books:
        for statement in _BEFORE:
            await books.exec_driver_sql(statement)
        for table in _TABLES:
            key = ", ".join(f"'{one}'" for one in SEALED[table])
            await books.exec_driver_sql(f"SELECT seal_table('{table}', {key})")
        for statement in _BEHIND_OUR_BACK:
            await books.exec_driver_sql(statement)
        await books.run_sync(_upgrade)
        asked = [tuple(row) for row in await books.exec_driver_sql(_ASKED)]
        unsealed = [
            str(row[0])
            for table in _TABLES
            for row in await books.exec_driver_sql(unsealed_rows(table))
        ]
    kinds = ["capture", "hold", "hold", "redemption", "redemption"]
    assert asked == [(kind, True) for kind in kinds]
    (edited,) = unsealed
    assert edited.endswith("it is not what the application wrote")
