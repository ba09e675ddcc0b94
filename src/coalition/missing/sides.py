"""Who speaks about a missing purchase, and what the database answered, in words."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, ActorKind, Scope, acting_member, acting_partner, require
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.database import Sight
from coalition.kit.errors import NotAllowed, Refusal
from coalition.missing.errors import (
    MissingPurchaseDecided,
    MissingPurchaseFull,
    MissingPurchaseNotFound,
)
from coalition.missing.queries import MissingFilter, MissingPurchase, list_missing
from coalition.missing.rules import (
    MOST_STEPS,
    MissingReason,
    MissingState,
    MissingStepKind,
    answer_due,
    state_after,
)
from coalition.partners import Office, PartnerSuspended

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """The missing purchase after a step."""

    missing: MissingPurchase
    replayed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """`operation`: of the idempotency key. `message` None: nothing was said."""

    operation: str
    idempotency_key: str
    missing_id: int
    kind: MissingStepKind
    message: str | None
    reason: MissingReason | None = None


def member_or_brand(actor: Actor) -> Sight:
    """Raises `NotAllowed`."""
    require(actor, Scope.MEMBER_MANAGE, Scope.MISSING_ANSWER)
    match actor.kind:
        case ActorKind.MEMBER:
            return Sight(member_id=acting_member(actor, Scope.MEMBER_MANAGE))
        case ActorKind.PARTNER:
            return Sight(partner_id=acting_partner(actor, Scope.MISSING_ANSWER))
        case ActorKind.OPERATOR:
            raise NotAllowed("This is done with a token of the member, or of the brand.")


async def missing_seen(office: Office, sight: Sight, missing_id: int) -> MissingPurchase:
    """Raises `MissingPurchaseNotFound`, for what is not there and for what is others' alike."""
    async with office.database.reading(sight) as connection:
        found = await list_missing(connection, MissingFilter(missing_id=missing_id))
    if not found:
        raise not_found()
    return found[0]


async def take_step(office: Office, actor: Actor, sight: Sight, step: Step, now: datetime) -> Taken:
    """A step that posts nothing, by whom `sight` is. Raises `MissingPurchaseNotFound`,
    `MissingPurchaseDecided`, `MissingPurchaseFull`, `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    owner = sight.partner_id or f"member {sight.member_id}"
    claim = claim_of(owner, step.operation, step.idempotency_key)
    fingerprint = hash_of_request(step.missing_id, step.message, step.reason)
    for _ in range(_TRIES):
        found = await missing_seen(office, sight, step.missing_id)
        to = state_after(found.state, step.kind)
        contract = (await office.terms()).partner(found.partner_id).contract
        due_at = found.due_at or answer_due(contract, now)
        (row,) = await office.database.call(
            "step_missing", claim, fingerprint, found.id, sight.partner_id, sight.member_id,
            found.state, step.kind, to, step.reason, step.message,
            due_at if to is MissingState.OPEN else None, MOST_STEPS, now, *actor.signature,
        )  # fmt: skip
        match row["outcome"]:
            case "TAKEN" | "REPLAYED" as outcome:
                found = await missing_seen(office, sight, step.missing_id)
                return Taken(found, replayed=outcome == "REPLAYED")
            case "CHANGED":
                continue
            case other:
                raise refusal_of(other, found.state, step.idempotency_key)
    raise RuntimeError("A missing purchase changed faster than it could be answered.")


def refusal_of(outcome: str, state: MissingState, key: str) -> Refusal:
    """What a step was refused for, in words."""
    match outcome:
        case "IDEMPOTENCY_KEY_REUSED":
            return reused(key)
        case MissingPurchaseNotFound.code:
            return not_found()
        case MissingPurchaseDecided.code:
            return MissingPurchaseDecided(
                f"It is {state} already, and stays so.", field=("missingPurchaseId",)
            )
        case MissingPurchaseFull.code:
            return MissingPurchaseFull(
                f"There are {MOST_STEPS} entries about it. Decide it now.",
                field=("missingPurchaseId",),
            )
        case PartnerSuspended.code:
            return PartnerSuspended("The partner is suspended or has left: it answers nothing.")
    raise RuntimeError(f"A step about a missing purchase was answered {outcome}.")


def not_found() -> MissingPurchaseNotFound:
    return MissingPurchaseNotFound("No such missing purchase.", field=("missingPurchaseId",))
