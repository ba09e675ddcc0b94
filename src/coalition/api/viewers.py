"""Who may see a field: declared beside it, checked before anything is executed.

A document that asks for one field too many is refused whole, so a mutation never runs and then
fails to answer. The verbs check the scope again; this is the door, not the lock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema

from coalition.access import Actor, ActorKind, Scope

_KEY = "viewers"
EVERY_KIND = frozenset(ActorKind)


@dataclass(frozen=True, slots=True)
class Viewers:
    """The kinds of token that may see a field, and the scopes of which one is needed."""

    kinds: frozenset[ActorKind]
    scopes: frozenset[Scope]

    def refusal_of(self, actor: Actor, coordinate: str) -> GraphQLError | None:
        if actor.kind not in self.kinds:
            kinds = " or ".join(sorted(kind.lower() for kind in self.kinds))
            return GraphQLError(
                f"{coordinate} is for a token of the {kinds}.", extensions={"code": "FORBIDDEN"}
            )
        if self.scopes and not self.scopes & actor.scopes:
            names = " or ".join(sorted(self.scopes))
            return GraphQLError(
                f"{coordinate} needs a token with the scope {names}.",
                extensions={"code": "INSUFFICIENT_SCOPE"},
            )
        return None


def seen_by(*scopes: Scope, kinds: frozenset[ActorKind] = EVERY_KIND) -> dict[str, object]:
    """A field's `metadata`: any of `scopes` (none: every token), of any of `kinds`."""
    return {_KEY: Viewers(kinds, frozenset(scopes))}


def declared_viewers(schema: GraphQLSchema) -> dict[str, Viewers]:
    """The declarations of a schema by coordinate ("Member.balance").

    Raises `TypeError` for an operation without one: a new field is closed until somebody says
    whom it is for.
    """
    found: dict[str, Viewers] = {}
    for type_name, type_ in schema.type_map.items():
        if not isinstance(type_, GraphQLObjectType) or type_name.startswith("__"):
            continue
        for field_name, field in type_.fields.items():
            definition = (field.extensions or {}).get("strawberry-definition")
            viewers = (getattr(definition, "metadata", None) or {}).get(_KEY)
            if viewers is not None:
                found[f"{type_name}.{field_name}"] = viewers
            elif type_ in {schema.query_type, schema.mutation_type}:
                raise TypeError(f"{type_name}.{field_name} does not say who may see it.")
    return found


def refusals(
    viewers: Mapping[str, Viewers], coordinates: Iterable[str], actor: Actor
) -> list[GraphQLError]:
    """What of a document the actor may not see; empty when it may see all of it."""
    return [
        refusal
        for coordinate in coordinates
        if (declared := viewers.get(coordinate))
        and (refusal := declared.refusal_of(actor, coordinate))
    ]
