"""What may be asked of a schema, made from the schema itself: right, nearly right and senseless."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_non_null_type,
    is_required_argument,
)
from hypothesis import strategies as st

Json = Any
Strategy = st.SearchStrategy[Json]

SENSELESS: Strategy = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec=None), max_size=20),
    st.sampled_from(["\x00", "\ud800", "\u202e", "x" * 5000, "-0", "1e400", "NaN", "٣", " ", "%s"]),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)
_DEEPEST = 4
_WIDEST = 4


@dataclass(frozen=True, slots=True)
class Words:
    """What is plausible here: `by_name` for a field or argument, else `by_type` for a scalar."""

    by_name: Mapping[str, Sequence[Json]]
    by_type: Mapping[str, Sequence[Json]]

    def of(self, name: str, type_name: str) -> Sequence[Json]:
        return self.by_name.get(name) or self.by_type[type_name]


def filled(words: Words, name: str, type_: GraphQLInputType) -> Json:
    """A right value with everything in it that may be given."""
    if isinstance(type_, GraphQLNonNull):
        return filled(words, name, type_.of_type)
    if isinstance(type_, GraphQLList):
        return [filled(words, name, type_.of_type)]
    if isinstance(type_, GraphQLInputObjectType):
        fields = list(type_.fields.items())[: 1 if type_.is_one_of else None]
        return {field: filled(words, field, one.type) for field, one in fields}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return words.of(name, type_.name)[0]


def texts_in(
    type_: GraphQLInputType, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """The paths of all texts of an input."""
    if isinstance(type_, GraphQLNonNull):
        yield from texts_in(type_.of_type, path)
    elif isinstance(type_, GraphQLList):
        yield from texts_in(type_.of_type, (*path, 0))
    elif isinstance(type_, GraphQLInputObjectType):
        for name, one in type_.fields.items():
            yield from texts_in(one.type, (*path, name))
    elif not isinstance(type_, GraphQLEnumType) and type_.name in {"String", "ID"}:
        yield path


def with_value(whole: Json, path: tuple[str | int, ...], value: Json) -> Json:
    """`whole` with another value at `path`; the sibling of a member's name gives way to it."""
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        return [with_value(whole[step], tuple(rest), value)]
    siblings = {} if step in {"id", "card", "email", "phone", "externalId"} and not rest else whole
    return {**siblings, step: with_value(whole.get(step), tuple(rest), value)}


@st.composite
def requests(
    draw: st.DrawFn, schema: GraphQLSchema, words: Words, seen: Collection[str]
) -> tuple[str, dict[str, Json]]:
    """A document of one operation, and its variables. Nearly all of its fields are in `seen`."""
    root = draw(st.sampled_from([one for one in (schema.query_type, schema.mutation_type) if one]))
    variables: dict[str, Json] = {}
    declared: list[str] = []

    def selection(type_: GraphQLObjectType, depth: int) -> str:
        names = sorted(type_.fields)
        if draw(st.integers(0, 19)):
            names = [name for name in names if f"{type_.name}.{name}" in seen]
        few = 2 if depth == 0 else _WIDEST
        chosen = st.lists(st.sampled_from(names or ["__typename"]), max_size=few, unique=True)
        parts = [
            field(name, type_.fields[name], depth) for name in draw(chosen) if name in type_.fields
        ]
        return "{ " + " ".join(part for part in parts if part) + " __typename }"

    def field(name: str, one: GraphQLField, depth: int) -> str:
        inside = get_named_type(one.type)
        below = ""
        if is_composite_type(inside):
            if depth == _DEEPEST:
                return ""
            below = " " + (
                selection(inside, depth + 1)
                if isinstance(inside, GraphQLObjectType)
                else "{ id __typename }"
            )
        return name + given(one) + below

    def given(one: GraphQLField) -> str:
        said = []
        for name, argument in one.args.items():
            if is_required_argument(argument) or draw(st.booleans()):
                variable = f"v{len(declared)}"
                declared.append(f"${variable}: {argument.type}")
                variables[variable] = draw(_values(words, name, argument.type))
                said.append(f"{name}: ${variable}")
        return f"({', '.join(said)})" if said else ""

    body = selection(root, 0)
    head = "mutation" if root is schema.mutation_type else "query"
    said = f" ({', '.join(declared)})" if declared else ""
    return f"{head}{said} {body}", variables


def _values(words: Words, name: str, type_: GraphQLInputType) -> Strategy:
    """Nearly always a plausible value, now and then a senseless one."""
    right = _plausible(words, name, type_)
    return st.integers(0, 39).flatmap(lambda one: SENSELESS if one == 0 else right)


def _plausible(words: Words, name: str, type_: GraphQLInputType) -> Strategy:
    if isinstance(type_, GraphQLNonNull):
        return _plausible(words, name, type_.of_type)
    if isinstance(type_, GraphQLList):
        return st.lists(_values(words, name, type_.of_type), min_size=1, max_size=2)
    if isinstance(type_, GraphQLInputObjectType):
        fields = {field: _values(words, field, one.type) for field, one in type_.fields.items()}
        if type_.is_one_of:
            return st.sampled_from(sorted(fields)).flatmap(
                lambda field: st.fixed_dictionaries({field: fields[field]})
            )
        needed = {f for f, one in type_.fields.items() if is_non_null_type(one.type)}
        return st.fixed_dictionaries(
            {field: one for field, one in fields.items() if field in needed},
            optional={field: one for field, one in fields.items() if field not in needed},
        )
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from(sorted(type_.values))
    return st.sampled_from(list(words.of(name, type_.name)))
