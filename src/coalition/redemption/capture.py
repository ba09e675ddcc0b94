"""Spend what a hold set aside: all of it, or less and the rest goes back."""

from dataclasses import dataclass
from datetime import UTC, datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.amounts import LARGEST, AmountNotPositive
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.errors import Refusal
from coalition.partners import Office, Terms, agreement_then
from coalition.partners.office import Rows
from coalition.redemption.queries import Place
from coalition.redemption.refusals import refusal_of


@dataclass(frozen=True, slots=True)
class Captured:
    redemption: Place
    hold: Place
    replayed: bool


async def capture_hold(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    hold: Place | None,
    points: int | None,
    occurred_at: datetime | None,
    now: datetime,
) -> Captured:
    """`hold` None: an id that names no hold. `points` None: all.

    Raises `HoldNotFound`, `HoldAlreadyResolved`, `HoldExpired`, `MoreThanHeld`,
    `AmountNotPositive`, `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    claim = claim_of(partner_id, "captureHold", idempotency_key)
    fingerprint = hash_of_request(
        hold and list(hold), points, occurred_at and occurred_at.astimezone(UTC).isoformat()
    )
    happened = occurred_at or now
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        refusal = agreement_id = None
        try:
            agreement_id = agreement_then(
                terms.programme, terms.partner(partner_id), happened, now=now, field="occurredAt"
            ).id
            if points is not None and not 0 < points <= LARGEST:
                raise AmountNotPositive(
                    f"points must be more than nothing, not {points}.", field=("points",)
                )
            await office.open_periods([happened])
        except Refusal as found:
            refusal = found
        return await office.database.call(
            "capture_hold", partner_id, terms.programme.version, claim, fingerprint,
            refusal.code if refusal else None, *(hold or (0, 0)), None if refusal else points,
            agreement_id, happened, now, *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"CAPTURED", "REPLAYED"}:
        member_id = row["member_id"]
        return Captured(
            redemption=(member_id, row["seq"]),
            hold=(member_id, row["hold_seq"]),
            replayed=outcome == "REPLAYED",
        )
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=idempotency_key, points=points)
