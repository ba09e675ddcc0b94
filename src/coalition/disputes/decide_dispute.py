"""Decide a dispute; and end those whose deadline has passed in silence."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from coalition.access import Actor, ActorKind, Scope, require
from coalition.disputes.errors import DisputeDecided, DisputeNotValid
from coalition.disputes.ladder import DisputeState, Side, WrongTurn, decided, silent
from coalition.disputes.queries import Dispute, overdue_disputes
from coalition.disputes.sides import dispute_seen, line_seen
from coalition.kit.amounts import Money, NotMoney
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.kit.text import clean
from coalition.partners import Office
from coalition.settlement import Side as Document
from coalition.settlement.errors import MoreThanAuthorised

OPERATION = "decideDispute"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """`authorised` in units of the currency: all that was asked for accepts, 0 rejects."""

    idempotency_key: str
    dispute_id: int
    authorised: Decimal
    message: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Of a dry run the dispute is as it was, with the state that it would have."""

    dispute: Dispute
    state: DisputeState
    replayed: bool


@dataclass(frozen=True, slots=True)
class _End:
    """How a dispute ends; `authorised` in minor units."""

    claim: UUID
    fingerprint: UUID
    side: Side
    to: DisputeState
    authorised: int
    message: str
    is_late: bool = False


async def decide_dispute(
    office: Office, *, actor: Actor, decision: Decision, now: datetime, dry_run: bool = False
) -> Decided:
    """What is authorised is on the statement of the next open period, and names the dispute.

    Raises `NotAllowed`, `DisputeNotFound`, `DisputeNotValid`, `DisputeDecided`,
    `MoreThanAuthorised`, `IdempotencyKeyReused`, `TextNotAllowed`.
    """
    _require_operator(actor)
    message = clean(decision.message, ("message",), longest=1000)
    claim = claim_of("operator", OPERATION, decision.idempotency_key)
    for _ in range(_TRIES):
        dispute = await dispute_seen(office, actor, decision.dispute_id)
        authorised = _authorised(decision.authorised, dispute)
        fingerprint = hash_of_request(dispute.id, authorised.minor, message)
        here = dispute.standing
        try:
            move = decided(here, dispute.amount.minor, authorised.minor, now)
        except WrongTurn:
            move = None
        to = here.state if move is None else move.standing.state
        end = _End(
            claim, fingerprint, Side.OPERATOR, to, authorised.minor, message,
            is_late=move is not None and move.is_late,
        )  # fmt: skip
        outcome = await _end(office, actor, dispute, end, now, dry=dry_run or move is None)
        match outcome:
            case "ENDED" | "MORE_THAN_AUTHORISED" if move is None:
                raise DisputeDecided(f"The dispute is {here.state} already.", field=("disputeId",))
            case "ENDED" | "REPLAYED":
                found = await dispute_seen(office, actor, dispute.id)
                return Decided(found, to, outcome == "REPLAYED")
            case "IDEMPOTENCY_KEY_REUSED":
                raise reused(decision.idempotency_key)
            case "MORE_THAN_AUTHORISED":
                raise MoreThanAuthorised(
                    f"{authorised} are more than is left of what the line says.",
                    field=("authorised",),
                )
    raise RuntimeError("A dispute changed faster than it could be decided.")


async def expire_disputes(office: Office, *, actor: Actor, now: datetime) -> AsyncIterator[Dispute]:
    """End each dispute whose deadline has passed: for the brand where the operator was silent, for
    the operator where the brand was. Running twice, or twice at once, ends each one once.

    Raises `NotAllowed`.
    """
    _require_operator(actor)
    async with office.database.reading(EVERYTHING) as connection:
        overdue = await overdue_disputes(connection, now)
    for dispute in overdue:
        authorised = silent(dispute.standing, dispute.amount.minor, now)
        if authorised is None:
            continue
        claim = claim_of("time", OPERATION, f"{dispute.id}")
        whose = "operator" if dispute.standing.turn is Side.OPERATOR else "brand"
        end = _End(
            claim, hash_of_request(dispute.id), Side.TIME, DisputeState.EXPIRED, authorised,
            f"The {whose} was silent until the deadline.",
        )  # fmt: skip
        outcome = await _end(office, actor, dispute, end, now, dry=False)
        if outcome == "ENDED":
            yield await dispute_seen(office, actor, dispute.id)


async def _end(
    office: Office, actor: Actor, dispute: Dispute, end: _End, now: datetime, *, dry: bool
) -> str:
    statement, line = await line_seen(office, actor, dispute.statement_id, dispute.line)
    partner = (await office.terms()).partner(dispute.partner_id)
    agreement = (
        line.agreement_id
        or (partner.agreement_on(statement.issued_at) or partner.agreements[-1]).id
    )
    corrects = Document.REDEMPTION if line.kind.startswith("REDEMPTION") else Document.ISSUANCE
    await office.open_periods([now])
    (row,) = await office.database.call(
        "end_dispute", end.claim, end.fingerprint, dispute.id, dispute.standing.state,
        dispute.standing.round, end.side, end.to, end.authorised, corrects, agreement,
        f"Dispute {dispute.id} of {statement.number}", end.message, end.is_late, now, dry,
        *actor.signature,
    )  # fmt: skip
    outcome: str = row["outcome"]
    return outcome


def _authorised(amount: Decimal, dispute: Dispute) -> Money:
    try:
        authorised = Money.of(amount, dispute.amount.currency)
    except NotMoney as error:
        raise DisputeNotValid(str(error), field=("authorised",)) from None
    if not 0 <= authorised.minor <= dispute.amount.minor:
        raise DisputeNotValid(
            f"Between nothing and the {dispute.amount} that are asked for can be authorised, not"
            f" {authorised}.",
            field=("authorised",),
        )
    return authorised


def _require_operator(actor: Actor) -> None:
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.kind is not ActorKind.OPERATOR:
        raise NotAllowed("This is done with a token of the operator.")
