"""Speak in a dispute: the partner's evidence, the operator's reply, a message of either."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor
from coalition.disputes.errors import NotYourTurn
from coalition.disputes.evidence import Evidence, checked
from coalition.disputes.ladder import Reason, Side, WrongTurn, spoken
from coalition.disputes.queries import Dispute
from coalition.disputes.sides import dispute_seen, side_of, window_of
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.text import clean
from coalition.partners import Office

OPERATION = "answerDispute"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason`: another one than before, when the side has come to see it otherwise."""

    idempotency_key: str
    dispute_id: int
    message: str
    reason: Reason | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """`is_late`: behind the deadline, or after the end; it is kept and flagged."""

    dispute: Dispute
    is_late: bool
    replayed: bool


async def answer_dispute(
    office: Office, *, actor: Actor, answer: Answer, now: datetime, dry_run: bool = False
) -> Answered:
    """Raises `NotAllowed`, `DisputeNotFound`, `NotYourTurn`, `EvidenceNotAllowed`,
    `IdempotencyKeyReused`, `TextNotAllowed`.
    """
    side = side_of(actor)
    message = clean(answer.message, ("message",), longest=1000)
    evidence = None if answer.evidence is None else checked(answer.evidence)
    claim = claim_of(actor.partner_id or "operator", OPERATION, answer.idempotency_key)
    fingerprint = hash_of_request(
        answer.dispute_id, message, answer.reason,
        None if evidence is None else [evidence.name, evidence.media_type, evidence.content.hex()],
    )  # fmt: skip
    for _ in range(_TRIES):
        dispute = await dispute_seen(office, actor, answer.dispute_id)
        here = dispute.standing
        try:
            move = spoken(here, side, now, window_of(await office.terms(), dispute.partner_id))
        except WrongTurn:
            move = None
        then = here if move is None else move.standing
        (row,) = await office.database.call(
            "take_dispute_step", claim, fingerprint, dispute.id, here.state, here.round, side,
            "MESSAGE" if move is None else move.kind, then.state, then.round, answer.reason, None,
            message, move is not None and move.is_late, then.due_at,
            None if evidence is None else evidence.name,
            None if evidence is None else evidence.media_type,
            None if evidence is None else evidence.content, now,
            # Whose turn it is not writes nothing; its key may still name what it did before.
            dry_run or move is None, *actor.signature,
        )  # fmt: skip
        match row["outcome"]:
            case "TAKEN" if move is None:
                raise _not_your_turn(here.turn)
            case "TAKEN" | "REPLAYED":
                found = await dispute_seen(office, actor, dispute.id)
                late = move is not None and move.is_late
                return Answered(found, late, row["outcome"] == "REPLAYED")
            case "IDEMPOTENCY_KEY_REUSED":
                raise reused(answer.idempotency_key)
    raise RuntimeError("A dispute changed faster than it could be answered.")


def _not_your_turn(turn: Side | None) -> NotYourTurn:
    other = "brand" if turn is Side.PARTNER else "operator"
    return NotYourTurn(f"The dispute waits for the {other}.", field=("disputeId",))
