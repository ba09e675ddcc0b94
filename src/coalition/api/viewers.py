"""Who may see a field: declared beside it, checked before anything is executed.

A document that asks for one field too many is refused whole, so a mutation never runs and then
fails to answer. The verbs check the scope again; this is the door, not the lock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    visit,
)
from strawberry.extensions import ValidationCache

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


class OnlyForItsViewers(ValidationCache):
    """Validates (each document once), then refuses what the actor may not see, and a document
    that does not say which of its operations is meant.
    """

    def on_validate(self) -> Iterator[None]:
        execution = self.execution_context
        # The library's own ValidationCache reaches for `_schema` in the same way.
        errors = self.cached_validate_document(
            execution.schema._schema,  # noqa: SLF001
            execution.graphql_document,
            execution.validation_rules,
        )
        execution.pre_execution_errors = errors or self._refusals()
        yield

    def _refusals(self) -> list[GraphQLError]:
        execution = self.execution_context
        guards: Mapping[str, Viewers] = execution.schema.viewers  # type: ignore[attr-defined]
        schema = execution.schema._schema  # noqa: SLF001
        operations, coordinates = _asked(execution.query or "", schema)
        # The library's own operation_name falls back to the first operation.
        if operations > 1 and not execution.context.operation_name:
            return [
                GraphQLError(
                    "The document has several operations: say which by operationName.",
                    extensions={"code": "OPERATION_RESOLUTION_FAILURE"},
                )
            ]
        return [
            refusal
            for coordinate in coordinates
            if (viewers := guards.get(coordinate))
            and (refusal := viewers.refusal_of(execution.context.actor, coordinate))
        ]


@lru_cache(maxsize=256)
def _asked(query: str, schema: GraphQLSchema) -> tuple[int, tuple[str, ...]]:
    """How many operations a valid document has, and the coordinates of all its fields."""
    document = parse(query)
    types = TypeInfo(schema)
    collector = _Coordinates(types)
    visit(document, TypeInfoVisitor(types, collector))
    operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    return operations, tuple(sorted(collector.found))


class _Coordinates(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        if parent is not None:
            self.found.add(f"{parent.name}.{node.name.value}")
