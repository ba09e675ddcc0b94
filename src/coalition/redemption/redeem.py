"""Spend points in one step."""

from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.kit.errors import Refusal
from coalition.partners import Office, Terms
from coalition.partners.office import Rows
from coalition.redemption.hold import Spent
from coalition.redemption.refusals import refusal_of
from coalition.redemption.spend import SpendRequest, checked, judged


async def redeem_points(
    office: Office, *, actor: Actor, request: SpendRequest, now: datetime
) -> Spent:
    """The redemption: what hold and capture would do together.

    Raises `NotEnoughPoints`, `SpendLocked`, `BelowMinimum`, what names the member wrongly,
    `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    asked = checked(actor, "redeemPoints", request, now=now)
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        agreement, refusal = judged(terms, partner_id, request, asked.happened_at, now=now)
        if refusal is None:
            await office.open_periods([asked.happened_at, now])
        return await office.database.call(
            "redeem_points", partner_id, terms.programme.version, asked.claim, asked.fingerprint,
            request.member.kind, request.member.value, refusal.code if refusal else None,
            0 if refusal else request.points, asked.reference, asked.store_code,
            agreement.id if agreement else None, asked.happened_at, now,
            terms.programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"REDEEMED", "REPLAYED"}:
        return Spent((row["member_id"], row["seq"]), replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=request.idempotency_key, points=request.points)
