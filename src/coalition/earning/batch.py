"""The rows of one call, made ready to be posted: what each claims, repeats and earns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from coalition.access import Actor
from coalition.earning.errors import (
    BatchRejected,
    CreditLimitReached,
    PrepaidExhausted,
    PurchaseReferenceReused,
)
from coalition.earning.rules import Earned, Purchase, earned
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members import MemberRef, refusal_about
from coalition.partners import Partner, PartnerSuspended, Terms, place_of

OPERATION = "awardPoints"


@dataclass(frozen=True, slots=True)
class AwardRequest:
    """One row. `refusal`: what the edge already found wrong with it."""

    idempotency_key: str
    member: MemberRef
    purchase: Purchase
    refusal: Refusal | None = None


@dataclass(slots=True)
class Row:
    """`same_as`: the place of an earlier row that says the same; it is not sent again."""

    request: AwardRequest
    claim: UUID
    fingerprint: UUID
    refusal: Refusal | None
    store: str | None = None
    terminal: str | None = None
    same_as: int | None = None
    earned: Earned | None = None


class AwardBatch:
    """`rows`: one per request. `sent`: those of them that go to the database, in their order."""

    def __init__(self, actor: Actor, partner_id: int, requests: Sequence[AwardRequest]) -> None:
        self._partner_id = partner_id
        self.rows = [_row(actor, partner_id, request) for request in requests]
        _find_repeats(self.rows)
        self.sent = [row for row in self.rows if row.same_as is None]
        self._refused_before = [row.refusal for row in self.sent]

    def judge(self, terms: Terms, now: datetime) -> list[datetime]:
        """By these terms: what each row earns, or what refuses it. The times of the purchases
        that earn: their periods must be open.
        """
        partner = terms.partner(self._partner_id)
        for row, before in zip(self.sent, self._refused_before, strict=True):
            # What other terms gave or refused, when these are newer, counts no more.
            row.refusal, row.earned = before, None
            _judge(row, terms, partner, now)
        return [row.request.purchase.purchased_at for row in self.sent if row.earned]

    def columns(self, now: datetime) -> list[list[object]]:
        """What was judged, as the arrays that verbs.award_points takes, in its order."""
        return _columns(self.sent, now)


def _row(actor: Actor, partner_id: int, request: AwardRequest) -> Row:
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
    return Row(request, claim, _fingerprint(request), refusal, store, terminal)


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


def _find_repeats(rows: list[Row]) -> None:
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


def _judge(row: Row, terms: Terms, partner: Partner, now: datetime) -> None:
    if row.refusal is None:
        try:
            row.earned = earned(terms, partner, row.request.purchase, now=now)
        except Refusal as refusal:
            row.refusal = _inside(refusal, "purchase")


def _columns(rows: list[Row], now: datetime) -> list[list[object]]:
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


def refusal_of(outcome: str, *, key: str, reference: str) -> Refusal:
    """What `verbs.award_points` answered about a row, in words."""
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        return reused(key)
    if outcome == PurchaseReferenceReused.code:
        return _purchase_reused(reference)
    if outcome == PartnerSuspended.code:
        return PartnerSuspended.awarding()
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
