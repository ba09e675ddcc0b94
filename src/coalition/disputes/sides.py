"""Who speaks in a dispute, until when, and about which line."""

from datetime import timedelta

from coalition.access import Actor, ActorKind, Scope, require
from coalition.disputes.errors import DisputeNotFound, StatementNotFound
from coalition.disputes.ladder import Side
from coalition.disputes.queries import Dispute, DisputeFilter, list_disputes
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.partners import Office, Terms
from coalition.settlement import (
    StatementFilter,
    StatementLineRecord,
    StatementRecord,
    list_statements,
)


def side_of(actor: Actor) -> Side:
    """Which side an actor may speak for. Raises `NotAllowed`."""
    if actor.kind is ActorKind.PARTNER:
        require(actor, Scope.RECONCILIATION_WRITE)
        return Side.PARTNER
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.kind is not ActorKind.OPERATOR:
        raise NotAllowed("This is done with a partner's token, or the operator's.")
    return Side.OPERATOR


def require_operator(actor: Actor) -> None:
    """Raises `NotAllowed`."""
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.kind is not ActorKind.OPERATOR:
        raise NotAllowed("This is done with a token of the operator.")


def window_of(terms: Terms, partner_id: int) -> timedelta:
    """How long each step may take: as the contract says, else the programme."""
    own = terms.partner(partner_id).contract.dispute_window_days
    return timedelta(days=terms.programme.dispute_window_days if own is None else own)


async def dispute_seen(office: Office, actor: Actor, dispute_id: int) -> Dispute:
    """Raises `DisputeNotFound`, for what is not there and for another brand's alike."""
    asked = DisputeFilter(dispute_id=dispute_id, partner_id=actor.partner_id)
    async with office.database.reading(EVERYTHING) as connection:
        found = await list_disputes(connection, asked)
    if not found:
        raise DisputeNotFound("No such dispute.", field=("disputeId",))
    return found[0]


async def line_seen(
    office: Office, actor: Actor, statement_id: int, line: int
) -> tuple[StatementRecord, StatementLineRecord]:
    """Raises `StatementNotFound`. That the statement is published is seen where it is locked."""
    asked = StatementFilter(
        statement_id=statement_id, partner_id=actor.partner_id, replaced_too=True
    )
    async with office.database.reading(EVERYTHING) as connection:
        statements = await list_statements(connection, asked)
    for statement in statements:
        for one in statement.lines:
            if one.line == line:
                return statement, one
    raise no_such_line()


def no_such_line() -> StatementNotFound:
    return StatementNotFound("No such line of a statement.", field=("line",))
