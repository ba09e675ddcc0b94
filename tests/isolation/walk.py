"""A document for each field: the way to it from a root, found in the schema itself."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A field on the way; `condition` is the type as which its object is then asked."""

    coordinate: str
    name: str
    arguments: str = ""
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """From a root to a type."""

    operation: str
    steps: tuple[Step, ...]

    @property
    def coordinates(self) -> tuple[str, ...]:
        return tuple(step.coordinate for step in self.steps)

    def document(self, selections: str) -> str:
        return f"{self.operation} {{ {self.lead_to(selections)} }}"

    def lead_to(self, selections: str) -> str:
        inside = selections
        for step in reversed(self.steps):
            if step.condition:
                inside = f"... on {step.condition} {{ {inside} }}"
            inside = f"{step.name}{step.arguments} {{ {inside} }}"
        return inside


class Walk:
    """`arguments`: what required arguments are given, by coordinate ("Query.member")."""

    def __init__(self, schema: GraphQLSchema, arguments: Mapping[str, str]) -> None:
        self._schema = schema
        self._arguments = arguments
        self.ways = self._found()

    def types(self) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
        roots = {
            self._schema.query_type, self._schema.mutation_type, self._schema.subscription_type,
        }  # fmt: skip
        for name, type_ in sorted(self._schema.type_map.items()):
            if name.startswith("__") or type_ in roots:
                continue
            if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
                yield type_

    def selection(self, parent: str, name: str, field: GraphQLField) -> str:
        """The field itself, as a selection."""
        below = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
        return f"{name}{self.given(f'{parent}.{name}', field)}{below}"

    def given(self, coordinate: str, field: GraphQLField) -> str:
        if coordinate in self._arguments:
            return f"({self._arguments[coordinate]})"
        missing = [name for name, one in field.args.items() if is_required_argument(one)]
        if missing:
            raise LookupError(f"Say in tests/isolation what {coordinate} is given: {missing}.")
        return ""

    def _found(self) -> dict[str, Way]:
        """The shortest way to each type: queries, then mutations, then subscriptions."""
        ways: dict[str, Way] = {}
        queue: deque[tuple[GraphQLNamedType, Way]] = deque()
        for operation, root in (
            ("query", self._schema.query_type),
            ("mutation", self._schema.mutation_type),
            ("subscription", self._schema.subscription_type),
        ):
            if root is None:
                continue
            queue.append((root, Way(operation, ())))
            while queue:
                type_, way = queue.popleft()
                if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
                    continue
                for name, field in type_.fields.items():
                    self._go(ways, queue, type_, way, name, field)
        for type_ in self.types():
            if isinstance(type_, GraphQLInterfaceType) and type_.name not in ways:
                self._go_by_an_object(ways, type_)
        return ways

    def _go_by_an_object(self, ways: dict[str, Way], type_: GraphQLInterfaceType) -> None:
        """To an interface that no field answers, by one of the objects that it stands for."""
        for one in self._schema.get_possible_types(type_):
            if one.name in ways:
                *before, last = ways[one.name].steps
                through = replace(last, condition=type_.name)
                ways[type_.name] = Way(ways[one.name].operation, (*before, through))
                return

    def _go(
        self,
        ways: dict[str, Way],
        queue: "deque[tuple[GraphQLNamedType, Way]]",
        parent: GraphQLObjectType | GraphQLInterfaceType,
        way: Way,
        name: str,
        field: GraphQLField,
    ) -> None:
        target = get_named_type(field.type)
        if not is_composite_type(target) or target.name in ways:
            return
        coordinate = f"{parent.name}.{name}"
        step = Step(coordinate, name, self.given(coordinate, field))
        found = Way(way.operation, (*way.steps, step))
        ways[target.name] = found
        if isinstance(target, GraphQLObjectType):
            queue.append((target, found))
