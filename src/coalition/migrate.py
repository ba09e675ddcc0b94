"""Bring a database to the newest schema: roles, tables, functions, server keys."""

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from coalition.access import make_missing_keys
from coalition.kit.database import Addresses, administering, prepare_roles


async def migrate(addresses: Addresses) -> str:
    """Idempotent, and safe to run twice at once. Returns the schema's revision."""
    await prepare_roles(addresses.login)
    async with administering(addresses) as connection:
        await connection.run_sync(_upgrade)
        await make_missing_keys(connection)
    return newest_revision()


def newest_revision() -> str:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return head or "none"


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    return config


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _migrations() -> Path:
    """The folder in an installed package, or at the top of the tree in a checkout."""
    package = Path(str(resources.files("coalition")))
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"
