"""How large a document may be, measured once per document in time linear in its length.

The stock limiters walk a fragment again at every spread of it: a few hundred bytes then cost
seconds. Here each fragment is measured once, and a spread adds what was measured.
"""

from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Visitor,
    visit,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one document. All but the first seven count with the fragments unfolded."""

    characters: int = 50_000
    tokens: int = 2000
    values: int = 300
    spreads: int = 200
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


@dataclass(slots=True)
class Place:
    """One place of the answer: how many fields of the document stand at it, and what is below."""

    times: int = 0
    below: dict[str, "Place"] = field(default_factory=dict)


@dataclass(slots=True)
class Measure:
    """Of a selection."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    places: dict[str, Place] = field(default_factory=dict)

    def add(self, other: "Measure") -> None:
        """What stands beside this."""
        self.depth = max(self.depth, other.depth)
        self._count(other)
        # What is far too large already needs no exact count, and counting it would cost.
        if self.fields <= _FAR_TOO_MANY:
            _merge(self.places, other.places)

    def add_field(self, name: str, inside: "Measure", *, levels: int) -> None:
        """A field with what stands inside it, which is used for nothing else."""
        self.depth = max(self.depth, inside.depth + levels)
        self.fields += 1
        self._count(inside)
        place = self.places.setdefault(name, Place())
        place.times += 1
        if not place.below:
            place.below = inside.places
        elif self.fields <= _FAR_TOO_MANY:
            _merge(place.below, inside.places)

    def _count(self, other: "Measure") -> None:
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives

    @property
    def pairs(self) -> int:
        """How often two fields share a place: validation compares each such pair."""
        return _pairs(self.places)

    @property
    def roots(self) -> int:
        return sum(place.times for place in self.places.values())


def _merge(places: dict[str, Place], others: dict[str, Place]) -> None:
    for name, other in others.items():
        place = places.setdefault(name, Place())
        place.times += other.times
        _merge(place.below, other.below)


def _pairs(places: dict[str, Place]) -> int:
    return sum(
        place.times * (place.times - 1) // 2 + _pairs(place.below) for place in places.values()
    )


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
        found.aliases += node.alias is not None
        name = (node.alias or node.name).value
        found.add_field(name, inside, levels=0 if introspecting else 1)

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            # Met again inside itself it counts nothing: validation refuses such a document.
            self._measured[name] = Measure()
            definition = self._fragments.get(name)
            if definition is not None:
                self._measured[name] = self.of(definition.selection_set)
        return self._measured[name]


class _Written(Visitor):
    """What a document holds as it is written: validation tells each wrong one with its like."""

    def __init__(self) -> None:
        super().__init__()
        self.values = 0
        self.spreads = 0

    def enter_fragment_spread(self, _node: FragmentSpreadNode, *_: object) -> None:
        self.spreads += 1

    def enter_argument(self, _node: ArgumentNode, *_: object) -> None:
        self.values += 1

    def enter_object_field(self, _node: ObjectFieldNode, *_: object) -> None:
        self.values += 1

    def enter_list_value(self, node: ListValueNode, *_: object) -> None:
        self.values += len(node.values)


def too_large(document: DocumentNode, limits: Limits = LIMITS) -> str | None:
    """What is too large about a document that was parsed, in words; None when nothing is."""
    measuring = _Measuring(document)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        return _said("operations", len(operations), limits.operations)
    fragments = len(document.definitions) - len(operations)
    if fragments > limits.fragments:
        return _said("fragments", fragments, limits.fragments)
    written = _Written()
    visit(document, written)
    if written.values > limits.values:
        return _said("values", written.values, limits.values)
    if written.spreads > limits.spreads:
        return _said("spreads of fragments", written.spreads, limits.spreads)
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
