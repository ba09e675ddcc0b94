"""What is settled about an operation before anything of it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLError, OperationType

from coalition.access import Actor
from coalition.api.body import Asked
from coalition.api.cost import DEAREST, Cost, Pricing
from coalition.api.documents import Document
from coalition.api.schema import CoalitionSchema
from coalition.api.viewers import refusals
from coalition.partners import PartnerStatus, Terms

# A suspended partner posts nothing (its verbs say so) and reads about nobody; its accounts stay
# its own.
_LEFT_TO_THE_SUSPENDED = {
    "Query.viewer", "Query.statements", "Query.settlementPeriod", "Query.flows", "Query.allowances",
    "Subscription.statementIssued", "Subscription.packsRunLow", "Subscription.creditRunsLow",
}  # fmt: skip
_LIVE_ONLY = (
    "Subscribe with Accept: text/event-stream, or over a WebSocket at the same address with the"
    " subprotocol graphql-transport-ws. A request that waits for one answer cannot subscribe."
)
_NOT_LIVE = "Only subscriptions are served live. Send queries and mutations by POST."


# Above what any list may hold, so that its own law says what is wrong with one a little too long.
_LONGEST_LIST = 2000


class NotAdmitted(Exception):
    """The document is not run. `status` None: the one of a wrong document."""

    def __init__(self, errors: Sequence[GraphQLError], status: int | None = None) -> None:
        super().__init__(str(errors[0]))
        self.errors = errors
        self.status = status


@dataclass(frozen=True, slots=True)
class Admitted:
    """`name` is the operation's own, None for one without."""

    name: str | None
    moves_something: bool
    pricing: Pricing
    cost: Cost


def admitted(
    schema: CoalitionSchema,
    document: Document,
    asked: Asked,
    actor: Actor,
    terms: Terms,
    *,
    live: bool = False,
) -> Admitted:
    """The operation that may run and what it will cost at most, for a subscription each time that
    it tells something. `live`: subscriptions are served, and nothing else. Raises `NotAdmitted`.
    """
    operation = document.operation(asked.operation_name)
    if operation is not None and live is not (operation.operation is OperationType.SUBSCRIPTION):
        message = _NOT_LIVE if live else _LIVE_ONLY
        raise NotAdmitted([_error(message, "OPERATION_RESOLUTION_FAILURE")], status=400)
    if document.errors:
        raise NotAdmitted(document.errors)
    if operation is None:
        raise NotAdmitted([_unresolved(document, asked)], status=400)
    if operation.operation is not OperationType.MUTATION:
        refuse_the_suspended(document, actor, terms)
    not_seen = refusals(schema.viewers, document.coordinates, actor)
    if not_seen:
        raise NotAdmitted(not_seen, status=403)
    _lists_bounded(asked.variables or {})
    pricing = Pricing(schema.graphql_schema, operation, document.fragments, asked.variables or {})
    cost = pricing.asked()
    if cost.points > DEAREST:
        raise NotAdmitted(
            [_error(f"The operation may cost {cost.points:g}, and {DEAREST} are allowed: ask for"
                    " shorter lists, or in several requests.", "QUERY_TOO_COMPLEX")]
        )  # fmt: skip
    return Admitted(
        name=operation.name.value if operation.name else None,
        moves_something=operation.operation is OperationType.MUTATION,
        pricing=pricing,
        cost=cost,
    )


def _lists_bounded(variables: Mapping[str, object]) -> None:
    """Before anything is made of their elements. Raises `NotAdmitted`."""
    waiting: list[object] = [variables]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list) and len(value) > _LONGEST_LIST:
            message = f"A list has {len(value):,} elements, and {_LONGEST_LIST:,} are allowed."
            raise NotAdmitted([_error(message, "QUERY_TOO_COMPLEX")])
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            waiting += value.values()


def refuse_the_suspended(document: Document, actor: Actor, terms: Terms) -> None:
    """When a document that only reads is not for a suspended partner. Raises `NotAdmitted`."""
    if not _is_suspended(actor, terms):
        return
    roots = {one for one in document.coordinates if one.startswith(("Query.", "Subscription."))}
    if not roots <= _LEFT_TO_THE_SUSPENDED:
        raise NotAdmitted(
            [_error("The partner is suspended: it sees what it owes and is owed, nothing else.",
                    "PARTNER_SUSPENDED")],
            status=403,
        )  # fmt: skip


def _is_suspended(actor: Actor, terms: Terms) -> bool:
    partner_id = actor.partner_id
    return partner_id is not None and terms.partner(partner_id).status is PartnerStatus.SUSPENDED


def _unresolved(document: Document, asked: Asked) -> GraphQLError:
    if asked.operation_name is None and len(document.operations) > 1:
        return _error(
            "The document has several operations: say which by operationName.",
            "OPERATION_RESOLUTION_FAILURE",
        )
    return _error("The document holds no operation of that name.", "OPERATION_RESOLUTION_FAILURE")


def _error(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
