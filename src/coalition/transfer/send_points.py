"""Give points to another member."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_member
from coalition.kit.amounts import LARGEST
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.errors import Refusal
from coalition.members import IdentifierKind, identifier
from coalition.partners import Office, Terms
from coalition.partners.office import Rows
from coalition.transfer.errors import TransferLimit
from coalition.transfer.refusals import refusal_of


@dataclass(frozen=True, slots=True)
class Gift:
    """`card`: the number of any card of whom it is for."""

    idempotency_key: str
    card: str
    points: int


@dataclass(frozen=True, slots=True)
class Sent:
    transfer_id: int
    replayed: bool


async def send_points(office: Office, *, actor: Actor, gift: Gift, now: datetime) -> Sent:
    """They leave the member's lots now and are on the way until the other one accepts.

    Raises `StepUpRequired` (always, unless the member has just shown that it is it),
    `TransferLimit`, `SpendLocked`, `SpendPaused`, `MemberClosed`, `MemberSuspended`,
    `NotEnoughPoints`, `TransferToOneself`, `ReceiverNotFound`, `VelocityLimit`, `TextNotAllowed`,
    `IdempotencyKeyReused`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    card = identifier(IdentifierKind.CARD, gift.card, ("card",)).value
    claim = claim_of(f"member {member_id}", "sendPoints", gift.idempotency_key)
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        refusal = _refused(terms, gift.points)
        if refusal is None:
            await office.open_periods([now])
        return await office.database.call(
            "send_points", terms.programme.version, member_id, claim,
            hash_of_request(card, str(gift.points)), refusal.code if refusal else None, card,
            min(gift.points, LARGEST), actor.grant_id, terms.programme.fresh_since(now), now,
            terms.programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"SENT", "REPLAYED"}:
        return Sent(row["transfer_id"], replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=gift.idempotency_key)


def _refused(terms: Terms, points: int) -> Refusal | None:
    gifts = terms.programme.gifts
    if gifts.least <= points <= gifts.most:
        return None
    return TransferLimit(
        f"You may give {gifts.least} to {gifts.most} points at once, not {points}.",
        field=("points",),
    )
