"""Take points back when a purchase, or part of it, comes back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from coalition.access import Actor, Scope, acting_partner
from coalition.earning.errors import (
    AmountTooPrecise,
    AwardNotFound,
    CurrencyNotAgreed,
    MoreThanAwarded,
    ReturnNotNamed,
)
from coalition.earning.queries import (
    AwardRecord,
    Place,
    Share,
    award_of_purchase,
    awards_at,
    returns_of,
    shares_of,
)
from coalition.earning.rules import points_kept
from coalition.kit.amounts import AmountNotPositive, Money, NotMoney
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.database import Sight
from coalition.kit.errors import Refusal, Unavailable
from coalition.kit.text import clean
from coalition.ledger.shares import split
from coalition.partners import Office, Partner, PartnerSuspended, Terms, in_time
from coalition.partners.office import TERMS_CHANGED

_TRIES = 10


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """`award` or `purchase_reference` says which; `amount` None: all that is not back yet."""

    idempotency_key: str
    award: Place | None
    purchase_reference: str | None
    amount: Decimal | None
    currency: str | None
    reason: str
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a return took back. `clawed_back` + `shortfall` are the points it reversed."""

    place: Place
    clawed_back: int
    shortfall: int
    owed_by_member: int
    borne_by: str | None
    replayed: bool


async def reverse_award(
    office: Office, *, actor: Actor, request: ReturnRequest, now: datetime
) -> Reversal:
    """Post what the return takes back, at the award's own price.

    Raises `AwardNotFound`, `MoreThanAwarded`, `AmountNotPositive`, `AmountTooPrecise`,
    `CurrencyNotAgreed`, `ReturnNotNamed`, `PartnerSuspended`, `IdempotencyKeyReused`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    claim = claim_of(partner_id, "reverseAward", request.idempotency_key)
    if (request.award is None) == (request.purchase_reference is None):
        raise ReturnNotNamed(
            "Name the award by awardId or by purchaseReference, and not by both.",
            field=("awardId",),
        )
    reason = clean(request.reason, ("reason",))
    happened = request.occurred_at or now
    fingerprint = _fingerprint(request, reason)
    for _ in range(_TRIES):
        terms = await office.terms()
        partner, programme = terms.partner(partner_id), terms.programme
        award, before, shares = await _read(office, partner_id, request)
        refusal: Refusal | None = None
        returned = points = 0
        try:
            in_time(programme, happened, now=now, field="occurredAt")
            if award is not None:
                returned = _returned(partner, award, before[0], request)
                points = _points(terms, award, before, returned)
        except Refusal as found:
            refusal = found
        await office.open_periods([happened, now] if refusal is None else [])
        place = (award.member_id, award.seq) if award else (0, 0)
        taken = split(points, {share.partner_id: share.left for share in shares})
        (row,) = await office.database.call(
            "reverse_award", partner_id, programme.version, claim, fingerprint,
            refusal.code if refusal else None, *place, before[0], returned,
            [share.seq for share in shares],
            [taken.get(share.partner_id, 0) for share in shares],
            programme.clawback.value, programme.shortfall_payer.value, programme.debt_limit,
            reason, happened, now, programme.today(now), *actor.trace,
        )  # fmt: skip
        outcome: str = row["outcome"]
        if outcome == TERMS_CHANGED:
            await office.read_terms()
            continue
        if outcome == "RETURNS_CHANGED":
            continue
        if outcome in {"REVERSED", "REPLAYED"}:
            return Reversal(
                place=(row["member_id"], row["award_seq"]),
                clawed_back=row["clawed_back"],
                shortfall=row["owed"] + row["borne"],
                owed_by_member=row["owed"],
                borne_by=row["borne_by"],
                replayed=outcome == "REPLAYED",
            )
        raise _refusal(outcome, refusal, request)
    raise Unavailable("Returns of this award come in faster than they can be posted.")


def _fingerprint(request: ReturnRequest, reason: str) -> UUID:
    return hash_of_request(
        request.award and list(request.award),
        request.purchase_reference,
        None if request.amount is None else format(request.amount.normalize(), "f"),
        request.currency,
        reason,
        request.occurred_at and request.occurred_at.astimezone(UTC).isoformat(),
    )


async def _read(
    office: Office, partner_id: int, request: ReturnRequest
) -> tuple[AwardRecord | None, tuple[int, int], tuple[Share, ...]]:
    """The award, amount and points that came back of it so far, and who gave it."""
    async with office.database.reading(Sight(partner_id=partner_id)) as connection:
        if request.award is not None:
            award = (await awards_at(connection, [request.award])).get(request.award)
        else:
            award = await award_of_purchase(
                connection, partner_id, request.purchase_reference or ""
            )
        if award is None:
            return None, (0, 0), ()
        place = (award.member_id, award.seq)
        back = (await returns_of(connection, [place])).get(place)
        before = (back.amount, back.points) if back else (0, 0)
        shares = (await shares_of(connection, [place])).get(place)
    alone = Share(partner_id, award.seq, award.points, award.points - before[1])
    return award, before, shares or (alone,)


def _returned(partner: Partner, award: AwardRecord, before: int, request: ReturnRequest) -> int:
    """How much comes back now, in minor units."""
    left = award.amount - before
    if request.amount is None:
        returned = left
    else:
        if request.currency != partner.currency:
            raise CurrencyNotAgreed(
                f"The purchase was in {partner.currency}, the return is in {request.currency}.",
                field=("amount", "currency"),
            )
        try:
            returned = Money.of(request.amount, partner.currency).minor
        except NotMoney as error:
            raise AmountTooPrecise(str(error), field=("amount", "amount")) from None
        if returned <= 0:
            raise AmountNotPositive(
                f"What comes back must be more than nothing, not {request.amount}.",
                field=("amount", "amount"),
            )
    if returned > left or left == 0:
        raise MoreThanAwarded(
            f"Of this purchase {Money(left, partner.currency)} can still come back,"
            f" not {Money(returned or award.amount, partner.currency)}.",
            field=("amount",),
        )
    return returned


def _points(terms: Terms, award: AwardRecord, before: tuple[int, int], returned: int) -> int:
    """How many points that takes back, by what the award's points were worked out by."""
    kept = points_kept(
        terms.rule_of(award.agreement_id, award.promotion_id),
        basis=award.basis,
        amount=award.amount,
        returned=before[0] + returned,
        currency=terms.partner(award.partner_id).currency,
    )
    return award.points - before[1] - kept


def _refusal(outcome: str, refusal: Refusal | None, request: ReturnRequest) -> Refusal:
    if refusal is not None and outcome == refusal.code:
        return refusal
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        return reused(request.idempotency_key)
    if outcome == PartnerSuspended.code:
        return PartnerSuspended("The partner is suspended or has left: it posts nothing.")
    if outcome == AwardNotFound.code:
        field = "awardId" if request.award is not None else "purchaseReference"
        return AwardNotFound("No such award of this partner.", field=(field,))
    raise RuntimeError(f"reverse_award answered {outcome}")
