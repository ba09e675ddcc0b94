"""What an operation costs, before it runs and after, in one currency for every client.

A field that is an object costs 1, a scalar nothing, a mutation 10. What stands inside a list is
counted as often as the list is long: a connection by its `first`, others by the table below; and
after the operation ran, by what was really answered. The rows of a batch cost a tenth each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)

from coalition.api.paging import DEFAULT_PAGE, LARGEST_PAGE

DEAREST = 2000
_MUTATION = 10
_ROW = 0.1
# What takes more of this server than its answer shows: each document of an endpoint is made ready,
# a replay looks through the feed, introspection reads the whole schema.
_DEAR = {
    "createWebhookEndpoint": 490, "changeWebhookEndpoint": 490, "replayWebhookEvents": 190,
    "__schema": 500, "__type": 20,
    # The entries of a period that runs are summed.
    "liability": 100, "coverage": 100, "concentration": 100, "forecast": 100, "revenue": 50,
}  # fmt: skip
# How long a list is believed to be that is no connection; a list of errors is mostly empty.
_USUAL_LENGTH = 10
LENGTHS = {
    "userErrors": 1, "agreements": 3, "flows": 50, "statements": 20, "webhookEndpoints": 3,
    "attempts": 2, "invoices": 2, "documents": 4, "taxes": 2, "identities": 2,
    "becoming": 5, "expiring": 12, "offers": 20, "partners": 20, "promotions": 2,
    "followedBy": 3, "paymentCards": 3, "householdInvitations": 7, "members": 7, "latest": 10,
    "securityEvents": 20, "ahead": 2, "forecast": 20, "earnMonths": 36, "revenue": 12,
}  # fmt: skip
# Looking a member up tells something about a person: counted apart, one by one.
LOOKUPS = {"Query.member", "Query.estimateAward", "Member.canSpend", "Member.giftReceiver"}


@dataclass(frozen=True, slots=True)
class Cost:
    """`points` is what a bucket is charged, `lookups` how often a member is asked about."""

    points: float
    lookups: int = 0

    def times(self, number: float) -> "Cost":
        return Cost(self.points * number, round(self.lookups * number))

    def plus(self, other: "Cost") -> "Cost":
        return Cost(self.points + other.points, self.lookups + other.lookups)


NOTHING = Cost(0)
Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass
class Pricing:
    """Of one operation, with the variables of one request."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Fragments
    variables: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._priced: dict[tuple[str, float], Cost] = {}

    def asked(self) -> Cost:
        """As asked for: no list is taken to be shorter than it may be."""
        root = self.schema.get_root_type(self.operation.operation)
        if root is None:
            return NOTHING
        return self._selections(self.operation.selection_set, root, _USUAL_LENGTH)

    def answered(self, data: Mapping[str, Any] | None) -> float:
        """As answered; never more than was asked for."""
        root = self.schema.get_root_type(self.operation.operation)
        if root is None or data is None:
            return 0
        return min(self._answer(self.operation.selection_set, root, data), self.asked().points)

    # Before

    def _selections(
        self, selections: SelectionSetNode, parent: GraphQLCompositeType, page: float
    ) -> Cost:
        found = NOTHING
        for node in selections.selections:
            match node:
                case FieldNode():
                    found = found.plus(self._field(node, parent, page))
                case InlineFragmentNode():
                    inside = self._type_of(node, parent)
                    found = found.plus(self._selections(node.selection_set, inside, page))
                case FragmentSpreadNode():
                    found = found.plus(self._fragment(node.name.value, page))
        return found

    def _fragment(self, name: str, page: float) -> Cost:
        known = self._priced.get((name, page))
        if known is None:
            fragment = self.fragments[name]
            inside = self.schema.get_type(fragment.type_condition.name.value)
            known = NOTHING
            if is_composite_type(inside):
                known = self._selections(fragment.selection_set, inside, page)
            self._priced[name, page] = known
        return known

    def _field(self, node: FieldNode, parent: GraphQLCompositeType, page: float) -> Cost:
        name = node.name.value
        lookups = int(f"{parent.name}.{name}" in LOOKUPS)
        definition = _definition(parent, name)
        inside = get_named_type(definition.type) if definition else None
        if definition is None or not is_composite_type(inside) or node.selection_set is None:
            return Cost(self._base(node, parent), lookups)
        if inside.name.endswith("Connection"):
            page = self._first(node)
        below = self._selections(node.selection_set, inside, page).plus(Cost(1))
        if isinstance(get_nullable_type(definition.type), GraphQLList):
            below = below.times(self._length(name, parent, page))
        return below.plus(Cost(self._base(node, parent), lookups))

    def _length(self, name: str, parent: GraphQLCompositeType, page: float) -> float:
        if parent.name.endswith("Connection"):
            return page
        if (parent.name, name) == ("AwardPointsBatchPayload", "results"):
            return self._rows() * _ROW
        return LENGTHS.get(name, _USUAL_LENGTH)

    def _base(self, node: FieldNode, parent: GraphQLCompositeType) -> float:
        dear = _DEAR.get(node.name.value, 0)
        if parent is not self.schema.mutation_type:
            return dear if parent is self.schema.query_type else 0
        rows = self._rows() * _ROW if node.name.value == "awardPointsBatch" else 0
        return _MUTATION + dear + rows

    def _rows(self) -> int:
        """Of all batches of the request: which variable holds whose rows does not matter, and
        what stands in the document itself is few.
        """
        lists = [
            one
            for value in self.variables.values()
            for one in (value.values() if isinstance(value, Mapping) else [value])
            if isinstance(one, list)
        ]
        return sum(len(one) for one in lists)

    def _first(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value: object = None
                if isinstance(argument.value, IntValueNode):
                    value = int(argument.value.value)
                elif isinstance(argument.value, VariableNode):
                    value = self._variable(argument.value.name.value)
                if isinstance(value, int):
                    return min(max(value, 0), LARGEST_PAGE)
        return DEFAULT_PAGE

    def _variable(self, name: str) -> object:
        if name in self.variables:
            return self.variables[name]
        for one in self.operation.variable_definitions or ():
            if one.variable.name.value == name and isinstance(one.default_value, IntValueNode):
                return int(one.default_value.value)
        return None

    # After

    def _answer(
        self, selections: SelectionSetNode, parent: GraphQLCompositeType, data: Mapping[str, Any]
    ) -> float:
        found = 0.0
        for node in selections.selections:
            match node:
                case FieldNode():
                    value = data.get((node.alias or node.name).value)
                    found += self._base(node, parent) + self._value(node, parent, value)
                case InlineFragmentNode():
                    found += self._answer(node.selection_set, self._type_of(node, parent), data)
                case FragmentSpreadNode():
                    fragment = self.fragments[node.name.value]
                    inside = self.schema.get_type(fragment.type_condition.name.value)
                    if is_composite_type(inside):
                        found += self._answer(fragment.selection_set, inside, data)
        return found

    def _value(self, node: FieldNode, parent: GraphQLCompositeType, value: object) -> float:
        definition = _definition(parent, node.name.value)
        inside = get_named_type(definition.type) if definition else None
        if node.selection_set is None or not is_composite_type(inside):
            return 0
        selections = node.selection_set
        if isinstance(value, Mapping):
            return 1 + self._answer(selections, inside, value)
        if isinstance(value, list):
            weight = _ROW if parent.name == "AwardPointsBatchPayload" else 1
            return sum(
                weight * (1 + self._answer(selections, inside, one))
                for one in value
                if isinstance(one, Mapping)
            )
        return 0

    def _type_of(
        self, node: InlineFragmentNode, parent: GraphQLCompositeType
    ) -> GraphQLCompositeType:
        if node.type_condition is None:
            return parent
        found = self.schema.get_type(node.type_condition.name.value)
        return found if is_composite_type(found) else parent


def _definition(parent: GraphQLCompositeType, name: str) -> Any:  # noqa: ANN401 - untyped there
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return parent.fields.get(name)
    return None
