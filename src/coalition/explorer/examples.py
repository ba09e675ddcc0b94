"""Operations to begin with, by the kind of token that may ask them: the files of examples/."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from coalition.access import ActorKind, Scope

_FOLDER = Path(__file__).with_name("examples")
_KIND = re.compile(r"^# kind: (\w+)\n", re.MULTILINE)
_SCOPES = re.compile(r"^# scopes: (.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """For a token of this kind that has all these scopes. `variables` is JSON text."""

    name: str
    kind: ActorKind
    scopes: frozenset[Scope]
    query: str
    variables: str


def _example(file: Path) -> Example:
    text = file.read_text(encoding="utf-8")
    kind, scopes = _KIND.search(text), _SCOPES.search(text)
    if kind is None or scopes is None:
        raise ValueError(f"{file} does not say for which kind and scopes it is.")
    values = file.with_suffix(".json")
    return Example(
        name=file.stem,
        kind=ActorKind(kind[1]),
        scopes=frozenset(map(Scope, scopes[1].split())),
        query=_SCOPES.sub("", _KIND.sub("", text)),
        variables=values.read_text(encoding="utf-8") if values.exists() else "",
    )


EXAMPLES = tuple(_example(file) for file in sorted(_FOLDER.glob("*.graphql")))


def as_json() -> str:
    """All of them, as the page reads them."""
    return json.dumps(
        [
            {
                "name": one.name,
                "kind": one.kind.value,
                "scopes": sorted(one.scopes),
                "query": one.query,
                "variables": one.variables,
            }
            for one in EXAMPLES
        ]
    )
