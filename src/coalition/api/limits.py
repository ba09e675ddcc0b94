"""How large a document may be, measured once per document in time linear in its length.

The stock limiters walk a fragment again at every spread of it: a few hundred bytes then cost
seconds. Here each fragment is measured once, and a spread adds what was measured.
"""

from collections import Counter
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one document. All but the first five count with the fragments unfolded."""

    characters: int = 100_000
    tokens: int = 2000
    operations: int = 20
    fragments: int = 50
    variables: int = 50
    depth: int = 15
    fields: int = 1000
    pairs: int = 1000
    aliases: int = 30
    directives: int = 50
    query_fields: int = 30
    mutation_fields: int = 10


LIMITS = Limits()
_FAR_TOO_MANY = 10 * LIMITS.fields


Path = tuple[str, ...]


@dataclass(slots=True)
class Measure:
    """Of a selection. `places` counts the fields at each place of the answer."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    places: Counter[Path] = field(default_factory=Counter)

    def add(self, other: "Measure", below: Path = ()) -> None:
        """What stands beside this, or inside the field at `below`."""
        self.depth = max(self.depth, other.depth + len(below))
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        # What is far too large already needs no exact count, and counting it would cost.
        if self.fields <= _FAR_TOO_MANY:
            for place, times in other.places.items():
                self.places[below + place] += times

    @property
    def pairs(self) -> int:
        """How often two fields share a place: validation compares each such pair."""
        return sum(times * (times - 1) // 2 for times in self.places.values())

    @property
    def roots(self) -> int:
        return sum(times for place, times in self.places.items() if len(place) == 1)


class _Measuring:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}

    def of(self, selections: SelectionSetNode | None, *, introspecting: bool = False) -> Measure:
        found = Measure()
        for node in selections.selections if selections else ():
            found.directives += len(node.directives or ())
            match node:
                case FieldNode():
                    self._add_field(found, node, introspecting=introspecting)
                case InlineFragmentNode():
                    inside = self.of(node.selection_set, introspecting=introspecting)
                    found.add(inside)
                case FragmentSpreadNode():
                    found.add(self._fragment(node.name.value))
        return found

    def _add_field(self, found: Measure, node: FieldNode, *, introspecting: bool) -> None:
        # A schema's types nest deeper than any data; the library limits what recurs there.
        introspecting = introspecting or node.name.value.startswith("__")
        inside = self.of(node.selection_set, introspecting=introspecting)
        if introspecting:
            inside.depth = 0
        name = (node.alias or node.name).value
        own = Measure(depth=0 if introspecting else 1, fields=1, aliases=node.alias is not None)
        own.places[(name,)] += 1
        own.add(inside, below=(name,))
        found.add(own)

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            # Met again inside itself it counts nothing: validation refuses such a document.
            self._measured[name] = Measure()
            definition = self._fragments.get(name)
            if definition is not None:
                self._measured[name] = self.of(definition.selection_set)
        return self._measured[name]


def too_large(document: DocumentNode, limits: Limits = LIMITS) -> str | None:
    """What is too large about a document that was parsed, in words; None when nothing is."""
    measuring = _Measuring(document)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        return _said("operations", len(operations), limits.operations)
    fragments = len(document.definitions) - len(operations)
    if fragments > limits.fragments:
        return _said("fragments", fragments, limits.fragments)
    for operation in operations:
        variables = len(operation.variable_definitions or ())
        found = measuring.of(operation.selection_set)
        found.directives += len(operation.directives or ())
        roots = (
            limits.mutation_fields
            if operation.operation is OperationType.MUTATION
            else limits.query_fields
        )
        for what, number, limit in (
            ("variables", variables, limits.variables),
            ("levels of fields", found.depth, limits.depth),
            ("fields at its root", found.roots, roots),
            ("aliases", found.aliases, limits.aliases),
            ("directives", found.directives, limits.directives),
            ("pairs of fields at one place of the answer", found.pairs, limits.pairs),
            ("fields", found.fields, limits.fields),
        ):
            if number > limit:
                return _said(what, number, limit)
    return None


def _said(what: str, number: int, limit: int) -> str:
    shown = number if number <= _FAR_TOO_MANY else f"more than {_FAR_TOO_MANY}"
    return f"The document has {shown} {what}, and {limit} are allowed. Ask in several requests."
