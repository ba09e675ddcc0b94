"""One event told to one reader: a subscription's document, answered for it.

The same for every way of telling. A stream asks at once, a webhook may ask days later; both are
admitted first, and each event is then resolved with a context of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    SelectionSetNode,
    VariableValues,
    get_argument_values,
    get_variable_values,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from coalition.access import Actor, ActorKind
from coalition.api.admission import Admitted, NotAdmitted, admitted
from coalition.api.body import Asked
from coalition.api.context import Context
from coalition.api.documents import Document
from coalition.api.events import place_of
from coalition.api.schema import documents, schema
from coalition.api.subscriptions import KINDS
from coalition.kit.ids import NotAnId, Seal
from coalition.outbox import Event, EventKind, FeedPlace
from coalition.partners import Terms

_SUBSCRIPTION = {OperationType.SUBSCRIPTION}


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An operation that was admitted for one actor. `kinds`: what it is told of. `after`: where
    its reader says it stands; None: it wants only what is still to come.
    """

    asked: Asked
    document: Document
    inside: Admitted
    field: str
    kinds: frozenset[EventKind]
    after: FeedPlace | None

    def is_for(self, event: Event, actor: Actor) -> bool:
        return event.kind in self.kinds and may_be_told(event, actor)


def may_be_told(event: Event, actor: Actor) -> bool:
    """A partner of its own acts, a member of what happens to it, the operator of everything.

    Which kinds of events, and which of their fields, is for the viewers to say.
    """
    match actor.kind:
        case ActorKind.OPERATOR:
            return True
        case ActorKind.PARTNER:
            return event.partner_id == actor.partner_id
        case ActorKind.MEMBER:
            return event.member_id == actor.member_id


def subscribed(asked: Asked, actor: Actor, terms: Terms, seal: Seal) -> Subscribed:
    """A subscription as it may be told to the actor: measured, validated, allowed to the last
    field, its variables and its cursor read. Raises `NotAdmitted`.
    """
    document = documents.ready(asked.query)
    inside = admitted(schema, document, asked, actor, terms, live=True)
    variables = _variables(inside, asked)
    node = _root_field(document, inside)
    return Subscribed(
        asked=asked,
        document=document,
        inside=inside,
        field=node.name.value,
        kinds=KINDS[node.name.value],
        after=_place(_arguments(node, variables).get("after"), seal),
    )


async def told(context: Context, subscription: Subscribed, event: Event) -> ExecutionResult | None:
    """What the subscription selects of an event; None when the event is not for its actor.

    `context` is for this event alone, and has the subscription's document; it is ended here.
    """
    if not subscription.is_for(event, context.actor):
        return None
    try:
        return await schema.execute(
            subscription.asked.query,
            variable_values=subscription.asked.variables,
            operation_name=subscription.inside.name,
            context_value=context,
            root_value=event,
            allowed_operation_types=_SUBSCRIPTION,
        )
    finally:
        await context.end()


def default_documents() -> Mapping[EventKind, str]:
    """What a subscriber is told who names a kind of event and no document."""
    folder = resources.files("coalition.api").joinpath("documents_of_events")
    return {
        EventKind[file.name.removesuffix(".graphql").upper()]: file.read_text()
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
    }


def _variables(inside: Admitted, asked: Asked) -> VariableValues:
    definitions = inside.pricing.operation.variable_definitions or ()
    found = get_variable_values(schema.graphql_schema, definitions, asked.variables or {})
    if isinstance(found, list):
        raise NotAdmitted([_bad_input(error.message) for error in found])
    return found


def _arguments(node: FieldNode, variables: VariableValues) -> dict[str, Any]:
    root = schema.graphql_schema.subscription_type
    if root is None:
        raise RuntimeError("The schema has no subscriptions.")
    try:
        return get_argument_values(root.fields[node.name.value], node, variables)
    except GraphQLError as error:
        raise NotAdmitted([_bad_input(error.message)]) from error


def _place(after: object, seal: Seal) -> FeedPlace | None:
    if after is None:
        return None
    try:
        return place_of(seal, str(after))
    except NotAnId:
        raise bad_place() from None


def bad_place() -> NotAdmitted:
    """For a cursor that was not given here, and for one from another life of the database."""
    return NotAdmitted(
        [
            _bad_input(
                "after is not the cursor of an event of this coalition. Subscribe without it, and"
                " read by a query what was missed."
            )
        ]
    )


def _root_field(document: Document, inside: Admitted) -> FieldNode:
    """The one that validation has let through, wherever fragments hide it."""
    return next(iter(_fields(inside.pricing.operation.selection_set, document)))


def _fields(selections: SelectionSetNode, document: Document) -> Iterable[FieldNode]:
    for node in selections.selections:
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                yield from _fields(node.selection_set, document)
            case FragmentSpreadNode():
                inside = document.fragments[node.name.value].selection_set
                yield from _fields(inside, document)


def _bad_input(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
