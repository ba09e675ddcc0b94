"""Who may see a field: declared beside it, checked before anything is executed.

A document that asks for one field too many is refused whole, so a mutation never runs and then
fails to answer. The verbs check the scope again; this is the door, not the lock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from coalition.access import Actor, ActorKind, Scope

_KEY = "viewers"
_SHOWN_TO = "__shown_to__"
_ROOTS = {"Query", "Mutation", "Subscription"}
EVERY_KIND = frozenset(ActorKind)
MEMBERS = frozenset({ActorKind.MEMBER})
PARTNERS = frozenset({ActorKind.PARTNER})
MEMBERS = frozenset({ActorKind.MEMBER})
OPERATORS = frozenset({ActorKind.OPERATOR})
MEMBERS = frozenset({ActorKind.MEMBER})
MEMBER_AND_OPERATOR = frozenset({ActorKind.MEMBER, ActorKind.OPERATOR})
MEMBER_AND_PARTNER = frozenset({ActorKind.MEMBER, ActorKind.PARTNER})
PARTNER_AND_OPERATOR = frozenset({ActorKind.PARTNER, ActorKind.OPERATOR})
Shown = TypeVar("Shown")


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


def shown_to(
    *scopes: Scope, kinds: frozenset[ActorKind] = EVERY_KIND
) -> Callable[[type[Shown]], type[Shown]]:
    """On a type: who may see those of its fields that do not say it themselves (`seen_by`)."""

    def declare(cls: type[Shown]) -> type[Shown]:
        setattr(cls, _SHOWN_TO, Viewers(kinds, frozenset(scopes)))
        return cls

    return declare


def may_see(cls: type, actor: Actor) -> bool:
    """Whether an actor may see a type at all."""
    viewers: Viewers = getattr(cls, _SHOWN_TO)
    return viewers.refusal_of(actor, cls.__name__) is None


def declared_viewers(schema: GraphQLSchema) -> dict[str, Viewers]:
    """The declarations of a schema by coordinate ("Member.balance"), one for every field.

    Raises `TypeError` for a field without one: it is closed until somebody says whom it is for.
    """
    found: dict[str, Viewers] = {}
    for type_name, type_ in schema.type_map.items():
        if type_name.startswith("__") or not isinstance(
            type_, GraphQLObjectType | GraphQLInterfaceType
        ):
            continue
        origin = getattr((type_.extensions or {}).get("strawberry-definition"), "origin", object)
        # Only what the type says itself: a subclass shows more than what it inherits from.
        of_type = origin.__dict__.get(_SHOWN_TO)
        for field_name, field in type_.fields.items():
            definition = (field.extensions or {}).get("strawberry-definition")
            viewers = (getattr(definition, "metadata", None) or {}).get(_KEY, of_type)
            if viewers is None:
                raise TypeError(f"{type_name}.{field_name} does not say who may see it.")
            found[f"{type_name}.{field_name}"] = viewers
    return found


def refusals(
    viewers: Mapping[str, Viewers], coordinates: Iterable[str], actor: Actor
) -> list[GraphQLError]:
    """What of a document the actor may not see; empty when it may see all of it."""
    refused = {
        coordinate: refusal
        for coordinate in coordinates
        if (declared := viewers.get(coordinate))
        and (refusal := declared.refusal_of(actor, coordinate))
    }
    # Who may not come in is not told of every door inside.
    at_the_root = {one for one in refused if one.partition(".")[0] in _ROOTS}
    return [refused[one] for one in sorted(at_the_root or refused)]
