"""Documents made ready: parsed, measured and validated once, however often they are sent.

A document may be named instead of sent: those of our own members' pages are registered under the
SHA-256 of their text (GraphQL over HTTP, appendix "Persisted Documents").
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)

from coalition.api.limits import LIMITS, too_large

_KEPT = 128
_PREFIX = "sha256:"


@dataclass(frozen=True, slots=True)
class Document:
    """`errors`: why it cannot be run. `coordinates`: all its fields, as "Member.balance"."""

    sha256: str
    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    operations: tuple[OperationDefinitionNode, ...] = ()
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    coordinates: tuple[str, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The one that is meant; None when that cannot be told."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        named = [one for one in self.operations if one.name and one.name.value == name]
        return named[0] if named else None

    def subscribes(self, name: str | None) -> bool:
        """Whether the operation that is meant is a subscription."""
        operation = self.operation(name)
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION


class Documents:
    """The documents last used with a schema, and those that are registered."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._ready: OrderedDict[str, Document] = OrderedDict()
        self.registered: dict[str, str] = {}

    def register(self, texts: Iterable[str]) -> None:
        """From now on these may be named. Raises `ValueError` for one that cannot be run."""
        for text in texts:
            document = self.ready(text)
            if document.errors:
                raise ValueError(f"Not a document of the schema: {document.errors[0]}\n{text}")
            self.registered[_PREFIX + document.sha256] = text

    def ready(self, text: str) -> Document:
        known = self._ready.get(text)
        if known is None:
            known = self._ready[text] = made_ready(text, self._schema)
            if len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
        else:
            self._ready.move_to_end(text)
        return known

    def __len__(self) -> int:
        return len(self._ready)


def made_ready(text: str, schema: GraphQLSchema) -> Document:
    """The document, or why it cannot be run, in time linear in its length."""
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if len(text) > LIMITS.characters:
        return _refused(
            sha256,
            f"The document has {len(text)} characters, and {LIMITS.characters} are allowed. Send"
            " values as variables.",
        )
    try:
        node = parse(text, max_tokens=LIMITS.tokens)
    except GraphQLError as unread:
        unread.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
        return Document(sha256, None, (unread,))
    except RecursionError:
        return _refused(sha256, "The document is nested too deeply.")
    large = too_large(node)
    if large is not None:
        return _refused(sha256, large)
    # To look for near names costs more than all the rest, and would spell the schema out.
    errors = validate(schema, node, max_errors=20, hide_suggestions=True)
    for error in errors:
        error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
    operations = tuple(one for one in node.definitions if isinstance(one, OperationDefinitionNode))
    if errors:
        return Document(sha256, None, tuple(errors), operations)
    types = TypeInfo(schema)
    collector = _Coordinates(types)
    visit(node, TypeInfoVisitor(types, collector))
    return Document(
        sha256,
        node,
        operations=operations,
        fragments={
            one.name.value: one
            for one in node.definitions
            if isinstance(one, FragmentDefinitionNode)
        },
        coordinates=tuple(sorted(collector.found)),
    )


def _refused(sha256: str, message: str) -> Document:
    error = GraphQLError(message, extensions={"code": "QUERY_TOO_COMPLEX"})
    return Document(sha256, None, (error,))


class _Coordinates(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        if parent is not None:
            self.found.add(f"{parent.name}.{node.name.value}")
