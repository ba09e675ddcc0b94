"""Decide a dispute."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coalition.access import Actor
from coalition.disputes.ending import End, ended
from coalition.disputes.errors import DisputeDecided, DisputeNotValid
from coalition.disputes.ladder import DisputeState, Side, WrongTurn, decided
from coalition.disputes.queries import Dispute
from coalition.disputes.sides import dispute_seen, require_operator
from coalition.kit.amounts import Money, NotMoney
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.text import clean
from coalition.partners import Office
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


async def decide_dispute(
    office: Office, *, actor: Actor, decision: Decision, now: datetime, dry_run: bool = False
) -> Decided:
    """What is authorised is on the statement of the next open period, and names the dispute.

    Raises `NotAllowed`, `DisputeNotFound`, `DisputeNotValid`, `DisputeDecided`,
    `MoreThanAuthorised`, `IdempotencyKeyReused`, `TextNotAllowed`.
    """
    require_operator(actor)
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
        end = End(
            claim, fingerprint, Side.OPERATOR, to, authorised.minor, message,
            is_late=move is not None and move.is_late,
        )  # fmt: skip
        outcome = await ended(office, actor, dispute, end, now, dry=dry_run or move is None)
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
