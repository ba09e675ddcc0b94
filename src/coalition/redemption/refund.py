"""Give redeemed points back to the very lots they came from."""

from dataclasses import dataclass
from datetime import UTC, datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.amounts import LARGEST, AmountNotPositive
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.partners import Office, Terms, in_time
from coalition.partners.office import Rows
from coalition.redemption.queries import Place
from coalition.redemption.refusals import refusal_of


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """`redemption` None: an id that names none. `points` None: all that is left of it."""

    idempotency_key: str
    redemption: Place | None
    points: int | None
    reason: str
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    redemption: Place
    points: int
    replayed: bool


async def refund_redemption(
    office: Office, *, actor: Actor, request: RefundRequest, now: datetime
) -> Refunded:
    """Raises `RedemptionNotFound`, `MoreThanRedeemed`, `AmountNotPositive`, `PartnerSuspended`,
    `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    claim = claim_of(partner_id, "refundRedemption", request.idempotency_key)
    reason = clean(request.reason, ("reason",))
    happened = request.occurred_at or now
    fingerprint = hash_of_request(
        request.redemption and list(request.redemption),
        request.points,
        reason,
        request.occurred_at and request.occurred_at.astimezone(UTC).isoformat(),
    )
    points = request.points
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        refusal = None
        programme = terms.programme
        try:
            in_time(programme, happened, now=now, field="occurredAt")
            if points is not None and not 0 < points <= LARGEST:
                raise AmountNotPositive(
                    f"points must be more than nothing, not {points}.", field=("points",)
                )
            await office.open_periods([happened, now])
        except Refusal as found:
            refusal = found
        return await office.database.call(
            "refund_redemption", partner_id, programme.version, claim, fingerprint,
            refusal.code if refusal else None, *(request.redemption or (0, 0)),
            None if refusal else points, reason, programme.refund_grace_days, happened, now,
            programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"REFUNDED", "REPLAYED"}:
        place = (row["member_id"], row["redemption_seq"])
        return Refunded(place, row["points"], replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=request.idempotency_key, points=points)
