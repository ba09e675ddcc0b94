"""Set points aside for one purchase, so that they are there when it is paid."""

from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.errors import Refusal
from coalition.partners import Office, Terms
from coalition.partners.office import Rows
from coalition.redemption.prices import hold_time
from coalition.redemption.queries import Place
from coalition.redemption.refusals import refusal_of
from coalition.redemption.spend import SpendRequest, checked, judged


@dataclass(frozen=True, slots=True)
class Spent:
    """Where a hold or redemption stands in the member's ledger."""

    place: Place
    replayed: bool


async def hold_points(
    office: Office,
    *,
    actor: Actor,
    request: SpendRequest,
    expires_in_seconds: int | None,
    now: datetime,
) -> Spent:
    """The hold. It ends by capture or release, or by itself after its time.

    Raises `NotEnoughPoints`, `SpendLocked`, `BelowMinimum`, `HoldTimeNotAllowed`, what names the
    member wrongly, `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    asked = checked(actor, "holdPoints", request, now=now, extra=expires_in_seconds)
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        agreement, refusal = judged(terms, partner_id, request, asked.happened_at, now=now)
        expires_at = now
        try:
            expires_at = now + hold_time(terms.programme, expires_in_seconds)
        except Refusal as found:
            refusal = refusal or found
        if refusal is None:
            await office.open_periods([asked.happened_at, now])
        return await office.database.call(
            "hold_points", partner_id, terms.programme.version, asked.claim, asked.fingerprint,
            request.member.kind, request.member.value, refusal.code if refusal else None,
            0 if refusal else request.points, asked.reference, asked.store_code,
            agreement.id if agreement else None, asked.happened_at, expires_at, now,
            terms.programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"HELD", "REPLAYED"}:
        return Spent((row["member_id"], row["seq"]), replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=request.idempotency_key, points=request.points)
