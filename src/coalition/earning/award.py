"""Award points for purchases: one, or up to a thousand in one call."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from asyncpg import Record

from coalition.access import Actor, Scope, acting_partner
from coalition.earning.errors import (
    BatchRejected,
    CreditLimitReached,
    PrepaidExhausted,
    PurchaseReferenceReused,
    TooManyRows,
)
from coalition.earning.queries import AwardRecord
from coalition.earning.rules import Earned, Purchase, earned
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members import MemberRef, refusal_about
from coalition.partners import Office, Partner, PartnerSuspended, Terms, place_of
from coalition.partners.office import Rows

MOST_ROWS: Final = 1000
OPERATION = "awardPoints"


@dataclass(frozen=True, slots=True)
class AwardRequest:
    """One row. `refusal`: what the edge already found wrong with it."""

    idempotency_key: str
    member: MemberRef
    purchase: Purchase
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class AwardOutcome:
    """Either a refusal, or where the award stands; `record` is there when it is new."""

    refusal: Refusal | None = None
    replayed: bool = False
    place: tuple[int, int] | None = None
    record: AwardRecord | None = None


@dataclass(slots=True)
class _Row:
    request: AwardRequest
    claim: UUID
    fingerprint: UUID
    refusal: Refusal | None
    store: str | None = None
    terminal: str | None = None
    same_as: int | None = None
    earned: Earned | None = None


async def award_points(
    office: Office,
    *,
    actor: Actor,
    requests: Sequence[AwardRequest],
    now: datetime,
    all_or_nothing: bool = False,
) -> list[AwardOutcome]:
    """One outcome per request, in their order. All are written in one transaction.

    Raises `NotAllowed`, and `TooManyRows` for none or more than `MOST_ROWS`. What is wrong with
    a row is its outcome's refusal; with `all_or_nothing` the others are then `BatchRejected`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    if not 1 <= len(requests) <= MOST_ROWS:
        raise TooManyRows(
            f"A batch has 1 to {MOST_ROWS} rows, not {len(requests)}. Send several batches.",
            field=("rows",),
        )
    rows = [_row(actor, partner_id, request) for request in requests]
    _find_repeats(rows)
    sent = [row for row in rows if row.same_as is None]

    async def post(terms: Terms) -> Rows:
        partner = terms.partner(partner_id)
        for row in sent:
            _judge(row, terms, partner, now)
        times = [row.request.purchase.purchased_at for row in sent if row.earned]
        await office.open_periods(times)
        return await office.database.call(
            "award_points", partner_id, terms.programme.version, now, all_or_nothing,
            *actor.trace, *_columns(sent, now),
        )  # fmt: skip

    answers = await office.under_terms(post)
    found = {
        id(row): _outcome(row, answer, partner_id)
        for row, answer in zip(sent, answers, strict=True)
    }
    outcomes: list[AwardOutcome] = []
    for row in rows:
        if row.same_as is None:
            outcomes.append(found[id(row)])
        else:
            first = outcomes[row.same_as]
            outcomes.append(replace(first, replayed=first.refusal is None))
    return outcomes


def _row(actor: Actor, partner_id: int, request: AwardRequest) -> _Row:
    purchase = request.purchase
    refusal = request.refusal
    store, terminal = purchase.store_code, purchase.terminal_code
    try:
        claim = claim_of(partner_id, OPERATION, request.idempotency_key)
        clean(purchase.reference, ("purchase", "reference"))
        codes = {"storeCode": purchase.store_code, "terminalCode": purchase.terminal_code}
        for name, text in codes.items():
            if text is not None:
                clean(text, ("purchase", name), longest=60)
        store, terminal = place_of(actor, store, terminal, ("purchase",))
    except Refusal as found:
        refusal = refusal or found
        claim = uuid4()
    return _Row(request, claim, _fingerprint(request), refusal, store, terminal)


def _fingerprint(request: AwardRequest) -> UUID:
    bought = request.purchase
    return hash_of_request(
        request.member.kind,
        request.member.value,
        bought.reference,
        bought.purchased_at.astimezone(UTC).isoformat(),
        [None if part is None else format(part.normalize(), "f")
         for part in (bought.amount, bought.tax, bought.shipping, bought.paid_with_points)],
        bought.currency,
        bought.store_code,
        bought.terminal_code,
        bought.channel,
        [[line.sku, line.category, line.quantity, format(line.amount.normalize(), "f"),
          line.currency] for line in bought.lines],
        # Last and only when there: what was awarded before there were promotions replays.
        *([bought.promotion] if bought.promotion is not None else []),
    )  # fmt: skip


def _find_repeats(rows: list[_Row]) -> None:
    """The same row twice is one award; the same key or purchase otherwise is refused."""
    claims: dict[UUID, int] = {}
    references: dict[str, int] = {}
    for place, row in enumerate(rows):
        first = claims.setdefault(row.claim, place)
        reference = row.request.purchase.reference
        if first != place:
            if row.fingerprint == rows[first].fingerprint:
                row.same_as = first
            else:
                row.refusal = row.refusal or reused(row.request.idempotency_key)
        elif references.setdefault(reference, place) != place:
            row.refusal = row.refusal or _purchase_reused(reference)


def _judge(row: _Row, terms: Terms, partner: Partner, now: datetime) -> None:
    if row.refusal is None:
        try:
            row.earned = earned(terms, partner, row.request.purchase, now=now)
        except Refusal as refusal:
            row.refusal = _inside(refusal, "purchase")


def _columns(rows: list[_Row], now: datetime) -> list[list[object]]:
    """The rows as the arrays that verbs.award_points takes, in its order."""
    purchases = [row.request.purchase for row in rows]
    facts = [row.earned for row in rows]
    # A row that the rules refused is looked up for a replay only: it brings no facts.
    both = list(zip(facts, purchases, strict=True))
    return [
        [row.claim for row in rows],
        [row.fingerprint for row in rows],
        [row.request.member.kind for row in rows],
        [row.request.member.value for row in rows],
        [row.refusal.code if row.refusal else None for row in rows],
        [_storable(purchase.reference) for purchase in purchases],
        [purchase.purchased_at if fact else now for fact, purchase in both],
        [fact and fact.amount.minor for fact in facts],
        [fact and fact.basis for fact in facts],
        [fact and fact.points for fact in facts],
        [fact and fact.agreement.id for fact in facts],
        [fact and fact.spendable_from for fact in facts],
        [fact and fact.expires_on for fact in facts],
        [row.earned and row.store for row in rows],
        [row.earned and row.terminal for row in rows],
        [fact and purchase.channel for fact, purchase in both],
        [fact and _lines(purchase) for fact, purchase in both],
        [fact and fact.promotion and fact.promotion.id for fact in facts],
        *_shares(facts),
    ]


def _shares(facts: list[Earned | None]) -> list[list[object]]:
    """Place from 1, part from 1, partner, agreement and points of each part of what is funded
    together. All others are issued whole by the partner that awards.
    """
    parts = [
        (place, number, part.agreement.partner_id, part.agreement.id, part.points)
        for place, fact in enumerate(facts, start=1)
        if fact is not None and fact.promotion is not None
        for number, part in enumerate(fact.parts, start=1)
    ]
    return [list(column) for column in zip(*parts, strict=True)] or [[], [], [], [], []]


def _storable(reference: str) -> str | None:
    """The reference to look for; None for one that no stored purchase can have."""
    return reference.strip() if reference.isprintable() else None


def _lines(purchase: Purchase) -> str | None:
    if not purchase.lines:
        return None
    return json.dumps(
        [
            {
                "sku": line.sku,
                "category": line.category,
                "quantity": line.quantity,
                "amount": str(line.amount),
                "currency": line.currency,
            }
            for line in purchase.lines
        ]
    )


def _outcome(row: _Row, answer: Record, partner_id: int) -> AwardOutcome:
    outcome: str = answer["outcome"]
    place = (answer["member_id"], answer["seq"])
    if outcome == "REPLAYED":
        return AwardOutcome(replayed=True, place=place)
    if outcome == "AWARDED" and row.earned is not None:
        record = _record(row.request.purchase, row.earned, place, partner_id, answer)
        return AwardOutcome(place=place, record=record)
    if row.refusal is not None and outcome == row.refusal.code:
        return AwardOutcome(refusal=row.refusal)
    return AwardOutcome(refusal=_refusal(outcome, row.request))


def _record(
    purchase: Purchase, fact: Earned, place: tuple[int, int], partner_id: int, answer: Record
) -> AwardRecord:
    return AwardRecord(
        member_id=place[0],
        seq=place[1],
        partner_id=partner_id,
        agreement_id=fact.agreement.id,
        reference=purchase.reference.strip(),
        purchased_at=purchase.purchased_at,
        amount=fact.amount.minor,
        basis=fact.basis,
        points=fact.points,
        spendable_from=fact.spendable_from,
        expires_on=fact.expires_on,
        recorded_at=answer["recorded_at"],
        promotion_id=fact.promotion.id if fact.promotion else None,
    )


def _refusal(outcome: str, request: AwardRequest) -> Refusal:
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        return reused(request.idempotency_key)
    if outcome == PurchaseReferenceReused.code:
        return _purchase_reused(request.purchase.reference)
    if outcome == PartnerSuspended.code:
        return PartnerSuspended("The partner is suspended: it awards nothing.")
    unpaid = refusal_unpaid(outcome)
    if unpaid is not None:
        return unpaid
    if outcome == BatchRejected.code:
        return BatchRejected("Another row of this batch was refused, so none was written.")
    refusal = refusal_about(outcome, ("member",))
    if refusal is None:
        raise RuntimeError(f"award_points answered {outcome}")
    return refusal


def refusal_unpaid(outcome: str) -> Refusal | None:
    """The refusal for want of packs or credit; None when the outcome is another one."""
    if outcome == PrepaidExhausted.code:
        return PrepaidExhausted(
            "The packs that were bought beforehand do not hold these points any more."
            " Buy another one."
        )
    if outcome == CreditLimitReached.code:
        return CreditLimitReached(
            "These points would go beyond the credit limit. They can be given once bills are paid."
        )
    return None


def _purchase_reused(reference: str) -> PurchaseReferenceReused:
    return PurchaseReferenceReused(
        f"The purchase {reference!r} was awarded under another idempotency key, or stands twice"
        " in this batch. A purchase earns once.",
        field=("purchase", "reference"),
    )


def _inside(refusal: Refusal, parent: str) -> Refusal:
    refusal.field = (parent, *refusal.field)
    return refusal
