"""The SQL functions of the verbs, gathered from the .sql files beside them.

`books` holds the ledger's own steps: nobody but the owner may run them. `verbs` holds one
function per verb, run with the owner's rights: they are all that the application may do.
"""

from importlib import resources
from importlib.resources.abc import Traversable

from coalition.kit.database import Role

SCHEMAS = ("books", "verbs")


def install_functions() -> list[str]:
    """The statements that replace every function by the text in the package, in order."""
    # Each may call those that come after it; that all are there is seen when they are called.
    statements = ["SET LOCAL check_function_bodies = off"]
    for schema in SCHEMAS:
        statements += [
            f"DROP SCHEMA IF EXISTS {schema} CASCADE",
            f"CREATE SCHEMA {schema} AUTHORIZATION {Role.OWNER.value}",
        ]
    statements += [file.read_text() for file in sql_files(resources.files("coalition"))]
    statements += [
        f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC" for schema in SCHEMAS
    ]
    statements += [
        f"GRANT USAGE ON SCHEMA verbs TO {Role.APPLICATION.value}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA verbs TO {Role.APPLICATION.value}",
    ]
    return statements


def sql_files(folder: Traversable) -> list[Traversable]:
    """Every .sql file of the package in a stable order; each holds one CREATE."""
    found: list[Traversable] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found += sql_files(item)
        elif item.name.endswith(".sql"):
            found.append(item)
    return found
