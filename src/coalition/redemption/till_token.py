"""A token that a member shows at a till for a minute, and the one hold that a till makes of it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from coalition.access import Actor, Scope, acting_member, acting_partner
from coalition.kit.amounts import Money
from coalition.kit.database import Database
from coalition.kit.errors import Refusal
from coalition.members import member_numbered
from coalition.partners import Office, Terms
from coalition.partners.office import Rows
from coalition.redemption.errors import PriceNotKnown, TillTokenForNobody
from coalition.redemption.hold import Spent
from coalition.redemption.prices import hold_time, points_for
from coalition.redemption.refusals import refusal_of
from coalition.redemption.spend import SpendRequest, checked, judged

TILL_TOKEN_LIFE = timedelta(seconds=60)
_KEPT = timedelta(days=1)
# 144 bits: short enough for a code that every scanner reads, and not to be guessed.
_BYTES = 18


@dataclass(frozen=True, slots=True)
class TillToken:
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TillRequest:
    """Exactly one of `points` and `amount`, which is turned into points at the point value."""

    idempotency_key: str
    token: str
    points: int | None
    amount: Money | None
    reference: str
    store_code: str | None = None
    expires_in_seconds: int | None = None


async def issue_till_token(
    office: Office, *, actor: Actor, partner: str | None = None, now: datetime
) -> TillToken:
    """For whoever holds it, to set points of the member aside once, at any brand or at one. The one
    before it ends.

    Raises `TillTokenForNobody`, `SpendLocked`, `MemberClosed`, `MemberSuspended`.
    """
    member_id = acting_member(actor, Scope.MEMBER_REDEEM)
    terms = await office.terms()
    programme, partner_id = terms.programme, None
    if partner is not None:
        partner_id = next((one.id for one in terms.partners if one.code == partner), None)
        if partner_id is None:
            raise TillTokenForNobody(f"There is no brand {partner!r}.", field=("partner",))
    token, expires_at = secrets.token_urlsafe(_BYTES), now + TILL_TOKEN_LIFE
    (row,) = await office.database.call(
        "issue_till_token", member_id, _hash_of(token), partner_id, expires_at,
        actor.grant_id, programme.fresh_since(now), now,
    )  # fmt: skip
    if row["outcome"] != "ISSUED":
        raise refusal_of(row["outcome"], idempotency_key="")
    return TillToken(token, expires_at)


async def hold_with_till_token(
    office: Office, *, actor: Actor, request: TillRequest, now: datetime
) -> Spent:
    """The hold. A token is used up by it, or by the third hold that is refused.

    Raises `TillTokenNotFound`, `TillTokenExpired`, `TillTokenUsed`, `PriceNotKnown`, and what
    `hold_points` raises.
    """
    partner_id = acting_partner(actor, Scope.POINTS_REDEEM)
    amount = request.amount
    asked = checked(
        actor, "holdWithTillToken", _spend_of(request, request.points or 0), now=now,
        extra=[
            _hash_of(request.token).hex(), request.expires_in_seconds,
            amount and [amount.minor, amount.currency],
        ],
    )  # fmt: skip
    refusal: Refusal | None = None
    points = 0

    async def post(terms: Terms) -> Rows:
        nonlocal refusal, points
        refusal = agreement = None
        expires_at = now
        try:
            points = _points_of(terms, request)
            agreement, refusal = judged(
                terms, partner_id, _spend_of(request, points), asked.happened_at, now=now
            )
            expires_at += hold_time(terms.programme, request.expires_in_seconds)
        except Refusal as found:
            refusal = refusal or found
        if refusal is None:
            await office.open_periods([now])
        return await office.database.call(
            "hold_with_till_token", partner_id, terms.programme.version, asked.claim,
            asked.fingerprint, _hash_of(request.token), refusal.code if refusal else None,
            0 if refusal else points, asked.reference, asked.store_code,
            agreement.id if agreement else None, now, expires_at, now,
            terms.programme.today(now), *actor.trace,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"HELD", "REPLAYED"}:
        return Spent((row["member_id"], row["seq"]), replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise refusal_of(outcome, idempotency_key=request.idempotency_key, points=points)


async def clean_till_tokens(database: Database, *, now: datetime) -> int:
    """Remove tokens that have been over for a day; how many."""
    (row,) = await database.call("clean_till_tokens", now - _KEPT)
    removed: int = row["removed"]
    return removed


def _points_of(terms: Terms, request: TillRequest) -> int:
    if request.amount is None and request.points is not None:
        return request.points
    if request.amount is None or request.points is not None:
        raise PriceNotKnown("Send points or an amount, one of the two.", field=("points",))
    return points_for(terms.programme, request.amount)


def _spend_of(request: TillRequest, points: int) -> SpendRequest:
    return SpendRequest(
        request.idempotency_key,
        member_numbered(0),
        points,
        request.reference,
        request.store_code,
    )


def _hash_of(token: str) -> bytes:
    """Blanks do not matter: it is shown in groups, and may be typed as it is shown."""
    whole = "".join(token.split())
    return hashlib.sha256(whole.encode("utf-8", "replace")).digest()
