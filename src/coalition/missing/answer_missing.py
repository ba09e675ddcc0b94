"""What is said about a missing purchase, and how it ends without points."""

from datetime import datetime

from coalition.access import Actor, Scope, acting_member, acting_partner
from coalition.kit.database import Sight
from coalition.kit.text import clean
from coalition.missing.rules import MissingReason, MissingStepKind
from coalition.missing.sides import Step, Taken, take_step
from coalition.partners import Office


async def ask_about_missing(
    office: Office, *, actor: Actor, idempotency_key: str, missing_id: int, message: str,
    now: datetime,
) -> Taken:  # fmt: skip
    """The brand wants to know more; it waits for the member.

    Raises `MissingPurchaseNotFound`, `MissingPurchaseDecided`, `MissingPurchaseFull`,
    `PartnerSuspended`, `IdempotencyKeyReused`, `TextNotAllowed`.
    """
    sight = Sight(partner_id=acting_partner(actor, Scope.MISSING_ANSWER))
    said = clean(message, ("message",), longest=1000)
    step = Step(
        "askAboutMissingPurchase", idempotency_key, missing_id, MissingStepKind.QUESTION, said
    )
    return await take_step(office, actor, sight, step, now)


async def answer_missing(
    office: Office, *, actor: Actor, idempotency_key: str, missing_id: int, message: str,
    now: datetime,
) -> Taken:  # fmt: skip
    """The member answers, or adds something unasked. Raises what `ask_about_missing` raises."""
    sight = Sight(member_id=acting_member(actor, Scope.MEMBER_MANAGE))
    said = clean(message, ("message",), longest=1000)
    step = Step("answerMissingPurchase", idempotency_key, missing_id, MissingStepKind.ANSWER, said)
    return await take_step(office, actor, sight, step, now)


async def decline_missing(
    office: Office, *, actor: Actor, idempotency_key: str, missing_id: int,
    reason: MissingReason, message: str | None, now: datetime,
) -> Taken:  # fmt: skip
    """The brand gives no points, and says why. Raises what `ask_about_missing` raises."""
    sight = Sight(partner_id=acting_partner(actor, Scope.MISSING_ANSWER))
    said = None if message is None else clean(message, ("message",), longest=1000)
    step = Step(
        "declineMissingPurchase", idempotency_key, missing_id, MissingStepKind.REFUSAL, said, reason
    )
    return await take_step(office, actor, sight, step, now)


async def withdraw_missing(
    office: Office, *, actor: Actor, idempotency_key: str, missing_id: int, now: datetime
) -> Taken:
    """The member lets it go; it may report the purchase again. Raises what `answer_missing`
    raises.
    """
    sight = Sight(member_id=acting_member(actor, Scope.MEMBER_MANAGE))
    step = Step(
        "withdrawMissingPurchase", idempotency_key, missing_id, MissingStepKind.WITHDRAWAL, None
    )
    return await take_step(office, actor, sight, step, now)
