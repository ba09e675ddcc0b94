"""What a partner asks for when points are to be spent, checked before the books are asked."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members import MemberRef
from coalition.partners import Agreement, Terms, agreement_then, place_of
from coalition.redemption.errors import RedemptionEnded
from coalition.redemption.prices import spendable


@dataclass(frozen=True, slots=True)
class SpendRequest:
    """`reference` is the partner's own; `occurred_at` None means now."""

    idempotency_key: str
    member: MemberRef
    points: int
    reference: str
    store_code: str | None = None
    occurred_at: datetime | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class CheckedSpend:
    claim: UUID
    fingerprint: UUID
    reference: str
    store_code: str | None
    happened_at: datetime


def checked(
    actor: Actor, operation: str, request: SpendRequest, *, now: datetime, extra: object = None
) -> CheckedSpend:
    """Raises `IdempotencyKeyNotAllowed`, `TextNotAllowed`, `StoreNotAllowed`."""
    reference = clean(request.reference, ("reference",))
    store = request.store_code
    store = None if store is None else clean(store, ("storeCode",), longest=60)
    happened = request.occurred_at
    return CheckedSpend(
        claim=claim_of(
            acting_partner(actor, Scope.POINTS_REDEEM), operation, request.idempotency_key
        ),
        fingerprint=hash_of_request(
            request.member.kind,
            request.member.value,
            str(request.points),
            reference,
            store,
            happened and happened.astimezone(UTC).isoformat(),
            extra,
        ),
        reference=reference,
        store_code=place_of(actor, store, None)[0],
        happened_at=happened or now,
    )


def judged(
    terms: Terms, partner_id: int, request: SpendRequest, happened_at: datetime, *, now: datetime
) -> tuple[Agreement | None, Refusal | None]:
    """The agreement to spend under, or what its rules refuse. Pure."""
    if request.refusal is not None:
        return None, request.refusal
    try:
        agreement = agreement_then(
            terms.programme, terms.partner(partner_id), happened_at, now=now, field="occurredAt"
        )
        partner = terms.partner(partner_id)
        if partner.redeem_until and partner.day_of(happened_at) > partner.redeem_until:
            raise RedemptionEnded(
                f"{partner.code} takes no points since {partner.redeem_until}.",
                field=("occurredAt",),
            )
        spendable(agreement, request.points)
    except Refusal as refusal:
        return None, refusal
    return agreement, None
