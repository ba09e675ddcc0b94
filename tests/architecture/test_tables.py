"""What Python believes of the tables is what the migrations made."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine.reflection import Inspector

from coalition.kit.database import SCHEMA, administering
from coalition.outbox.records import TransactionId
from coalition.tables import metadata
from tests.support import World

Column = tuple[str, str, bool]
ischema_names["xid8"] = TransactionId  # SQLAlchemy does not know it
DIALECT = sa.make_url("postgresql+asyncpg://").get_dialect()()


def _believed() -> dict[str, tuple[list[Column], list[str]]]:
    return {
        table.name: (
            [
                (column.name, column.type.compile(DIALECT),
                 bool(column.nullable))
                for column in table.columns
            ],
            sorted(column.name for column in table.primary_key),
        )
        for table in metadata.tables.values()
    }  # fmt: skip


def _found(inspector: Inspector) -> dict[str, tuple[list[Column], list[str]]]:
    return {
        name: (
            [
                (column["name"], column["type"].compile(DIALECT), column["nullable"])
                for column in inspector.get_columns(name, schema=SCHEMA)
            ],
            sorted(inspector.get_pk_constraint(name, schema=SCHEMA)["constrained_columns"]),
        )
        for name in inspector.get_table_names(schema=SCHEMA)
        if name != "schema_version"
    }


@pytest.mark.usefixtures("no_parts")
async def test_tables_columns_and_keys_are_the_migrated_ones(world: World) -> None:
    async with administering(world.addresses) as connection:
        found = await connection.run_sync(lambda sync: _found(sa.inspect(sync)))
    believed = _believed()
    assert found.keys() == believed.keys()
    for name, (columns, key) in believed.items():
        assert sorted(found[name][0]) == sorted(columns), name
        assert found[name][1] == key, name
