"""Withdraw a dispute: the partner lets the line stand."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, ActorKind, Scope, require
from coalition.disputes.ending import End, ended
from coalition.disputes.errors import DisputeDecided
from coalition.disputes.ladder import Side, WrongTurn, withdrawn
from coalition.disputes.queries import Dispute
from coalition.disputes.sides import dispute_seen
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import NotAllowed
from coalition.kit.text import clean
from coalition.partners import Office

OPERATION = "withdrawDispute"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Withdrawal:
    idempotency_key: str
    dispute_id: int
    message: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Of a dry run the dispute is as it was."""

    dispute: Dispute
    replayed: bool


async def withdraw_dispute(
    office: Office, *, actor: Actor, withdrawal: Withdrawal, now: datetime, dry_run: bool = False
) -> Withdrawn:
    """By the partner, at any moment before it is decided. The line may be disputed again.

    Raises `NotAllowed`, `DisputeNotFound`, `DisputeDecided`, `IdempotencyKeyReused`,
    `TextNotAllowed`.
    """
    require(actor, Scope.RECONCILIATION_WRITE)
    if actor.kind is not ActorKind.PARTNER:
        raise NotAllowed("This is done with a partner's token.")
    message = clean(withdrawal.message, ("message",), longest=1000)
    claim = claim_of(actor.partner_id or "", OPERATION, withdrawal.idempotency_key)
    fingerprint = hash_of_request(withdrawal.dispute_id, message)
    for _ in range(_TRIES):
        dispute = await dispute_seen(office, actor, withdrawal.dispute_id)
        here = dispute.standing
        try:
            to = withdrawn(here).standing.state
        except WrongTurn:
            to = None
        end = End(claim, fingerprint, Side.PARTNER, to or here.state, 0, message)
        match await ended(office, actor, dispute, end, now, dry=dry_run or to is None):
            case "ENDED" if to is None:
                raise DisputeDecided(f"The dispute is {here.state} already.", field=("disputeId",))
            case "ENDED":
                return Withdrawn(await dispute_seen(office, actor, dispute.id), replayed=False)
            case "REPLAYED":
                return Withdrawn(dispute, replayed=True)
            case "IDEMPOTENCY_KEY_REUSED":
                raise reused(withdrawal.idempotency_key)
    raise RuntimeError("A dispute changed faster than it could be withdrawn.")
