"""Alembic's entry: `coalition migrate`, or `alembic upgrade --sql` for a look beforehand.

After the revisions, the functions of the schemas `books` and `verbs` are installed anew from
the .sql files beside their verbs: they are code, so the newest text is the whole truth.
"""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from coalition.functions import install_functions
from coalition.tables import metadata

VERSION_TABLE: dict[str, Any] = {
    "version_table": "schema_version",
    "version_table_schema": "coalition",
}


def _offline() -> None:
    context.configure(
        url="postgresql://", target_metadata=metadata, literal_binds=True, **VERSION_TABLE
    )
    with context.begin_transaction():
        context.run_migrations()


def _online(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, **VERSION_TABLE)
    # Two `coalition migrate` at once: the second one waits and then finds nothing to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(2, 1)"))
    context.run_migrations()
    for statement in install_functions():
        connection.exec_driver_sql(statement)


if context.is_offline_mode():
    _offline()
else:
    _online(context.config.attributes["connection"])
