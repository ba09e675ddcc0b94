"""The SQL functions of the verbs, gathered from the .sql files beside them.

`books` holds the ledger's own steps: nobody but the owner may run them. `verbs` holds one
function per verb, run with the owner's rights: they are all that the application may do.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable

from coalition.kit.database import Role

SCHEMAS = ("books", "verbs")
_NAME = re.compile(r"^CREATE (?:FUNCTION|AGGREGATE) (\w+\.\w+)\(", re.MULTILINE)
_BODY = re.compile(r"\bAS \$\$(.*)\$\$", re.DOTALL)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_STEPS = re.compile(r"\bSFUNC = ([\w.]+)")
_SETTING = re.compile(r"\bSET (\w+) = (.+?)(?=\s+(?:SET|AS)\s)", re.DOTALL)


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


@lru_cache(maxsize=1)
def installed_functions() -> Mapping[str, str]:
    """Each function by its name (`function verbs.award_points`), as a database says it that has
    them as they are here: the SHA-256 of what it does, as whose rights, its settings, for whom.
    """
    return dict(_told(file.read_text()) for file in sql_files(resources.files("coalition")))


def _told(text: str) -> tuple[str, str]:
    name, body = _NAME.search(text), _BODY.search(text)
    if name is None:
        raise ValueError(f"This makes no function: {text[:80]}")
    if body is None:
        steps = _STEPS.search(text)
        parts = [f"steps of {steps[1] if steps else None}"]
    else:
        head = _COMMENT.sub("", text[: body.start(1)])
        parts = [sha256(body[1].encode()).hexdigest()]
        parts += ["security definer"] if "SECURITY DEFINER" in head else []
        parts += [f"{what}={value.strip(chr(39))}" for what, value in _SETTING.findall(head)]
    parts += [f"for {Role.APPLICATION.value}"] if name[1].startswith("verbs.") else []
    return f"function {name[1]}", "; ".join(parts)
