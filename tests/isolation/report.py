"""docs/isolation.md: what is promised to a partner and what was asked to prove it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from coalition.access import ActorKind
from coalition.api.viewers import Viewers

REPORT = Path(__file__).parents[2] / "docs" / "isolation.md"
_INTRODUCTION = Path(__file__).with_name("introduction.md").read_text()


def isolation_report(
    schema: GraphQLSchema, viewers: Mapping[str, Viewers], checks: Counter[str]
) -> str:
    parts = [_INTRODUCTION.format(**{name: f"{count:,}" for name, count in checks.items()})]
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    others = [
        type_
        for name, type_ in sorted(schema.type_map.items())
        if not name.startswith("__")
        and isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        and type_ not in roots
    ]
    for type_ in [*(root for root in roots if root), *others]:
        parts.append(f"\n### {type_.name}\n\n| field | for | scopes |\n|---|---|---|\n")
        parts += [_row(name, viewers[f"{type_.name}.{name}"]) for name in type_.fields]
    return "".join(parts)


def _row(name: str, viewers: Viewers) -> str:
    # A kind without any of the scopes cannot see the field, nor does a scope of another kind help.
    able = [
        kind
        for kind in ActorKind
        if kind in viewers.kinds and (not viewers.scopes or viewers.scopes & kind.scopes)
    ]
    kinds = "every token" if len(able) == len(ActorKind) else ", ".join(one.lower() for one in able)
    able_scopes = frozenset[str]().union(*(kind.scopes for kind in able))
    scopes = ", ".join(f"`{scope}`" for scope in sorted(viewers.scopes & able_scopes)) or "none"
    return f"| `{name}` | {kinds} | {scopes} |\n"
