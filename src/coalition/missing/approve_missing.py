"""Give the points that were missing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from coalition.access import Actor, Scope, acting_partner
from coalition.earning import AwardBatch, AwardRequest, NothingEarned, Purchase, refusal_of
from coalition.kit.claims import claim_of, hash_of_request
from coalition.kit.database import Sight
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members import member_numbered
from coalition.missing.queries import MissingPurchase
from coalition.missing.rules import MissingStepKind, moment_of, state_after
from coalition.missing.sides import Taken, missing_seen
from coalition.missing.sides import refusal_of as refusal_of_step
from coalition.partners import Office, Terms
from coalition.partners.office import Rows

OPERATION = "approveMissingPurchase"
_TRIES = 5
_OF_THE_STEP = {
    "IDEMPOTENCY_KEY_REUSED", "MISSING_PURCHASE_NOT_FOUND", "MISSING_PURCHASE_DECIDED",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MissingApproval:
    """What the brand's own books say otherwise: `reference`, `amount` (in units of the brand's
    currency), `purchased_at`; None: as the member said.
    """

    idempotency_key: str
    missing_id: int
    message: str | None = None
    reference: str | None = None
    amount: Decimal | None = None
    purchased_at: datetime | None = None


async def approve_missing(
    office: Office, *, actor: Actor, approval: MissingApproval, now: datetime
) -> Taken:
    """An award of the brand's for the purchase, by the terms of its day, like any other. How far
    back it may lie counts from the report: who asked in time loses nothing by waiting.

    Raises `MissingPurchaseNotFound`, `MissingPurchaseDecided`, `IdempotencyKeyReused`,
    `TextNotAllowed`, and whatever refuses an award: `PurchaseReferenceReused` when the receipt
    was awarded meanwhile.
    """
    partner_id = acting_partner(actor, Scope.MISSING_ANSWER)
    sight = Sight(partner_id=partner_id)
    message = None
    if approval.message is not None:
        message = clean(approval.message, ("message",), longest=1000)
    if approval.reference is not None:
        clean(approval.reference, ("reference",))
    claim = claim_of(partner_id, OPERATION, approval.idempotency_key)
    fingerprint = hash_of_request(
        approval.missing_id, message, approval.reference,
        None if approval.amount is None else format(approval.amount.normalize(), "f"),
        None if approval.purchased_at is None else approval.purchased_at.timestamp(),
    )  # fmt: skip
    for _ in range(_TRIES):
        found = await missing_seen(office, sight, approval.missing_id)
        batch: AwardBatch | None = None

        async def post(terms: Terms, found: MissingPurchase = found) -> Rows:
            nonlocal batch
            batch = AwardBatch(actor, partner_id, [_award(terms, found, approval)])
            await office.open_periods(_judged(batch, terms, found, now))
            to = state_after(found.state, MissingStepKind.APPROVAL)
            return await office.database.call(
                "approve_missing", claim, fingerprint, found.id, found.state, to, message,
                partner_id, terms.programme.version, now, *actor.signature, *batch.columns(now),
            )  # fmt: skip

        (row,) = await office.under_terms(post)
        outcome: str = row["outcome"]
        if outcome in {"APPROVED", "REPLAYED"}:
            after = await missing_seen(office, sight, found.id)
            return Taken(after, replayed=outcome == "REPLAYED")
        if outcome == "CHANGED":
            continue
        if outcome in _OF_THE_STEP:
            raise refusal_of_step(outcome, found.state, approval.idempotency_key)
        raise _refusal(batch, outcome)
    raise RuntimeError("A missing purchase changed faster than it could be approved.")


def _award(terms: Terms, found: MissingPurchase, approval: MissingApproval) -> AwardRequest:
    bought = approval.purchased_at or moment_of(
        terms.programme, found.purchased_on, reported_at=found.reported_at
    )
    purchase = Purchase(
        reference=approval.reference or found.reference,
        purchased_at=bought,
        amount=found.amount.amount if approval.amount is None else approval.amount,
        currency=found.amount.currency,
    )
    # One award for each report, whoever approves it and under whichever key.
    return AwardRequest(f"missing-purchase-{found.id}", member_numbered(found.member_id), purchase)


def _judged(
    batch: AwardBatch, terms: Terms, found: MissingPurchase, now: datetime
) -> list[datetime]:
    """What the purchase earns by the terms of its day, asked for when it was reported. The times
    whose periods must be open.
    """
    instants = batch.judge(terms, found.reported_at)
    for row in batch.sent:
        last = row.earned.expires_on if row.earned else None
        if last is not None and last < terms.programme.today(now):
            row.earned = None
            row.refusal = NothingEarned(
                f"The points of this purchase would have ended on {last}. Decline it.",
                field=("missingPurchaseId",),
            )
            instants = []
    return instants


def _refusal(batch: AwardBatch | None, outcome: str) -> Refusal:
    """What refused the award, with the fields as they are called here."""
    if batch is None:
        raise RuntimeError("Nothing was posted.")
    (row,) = batch.rows
    refusal = row.refusal
    if refusal is None or outcome != refusal.code:
        refusal = refusal_of(
            outcome, key=row.request.idempotency_key, reference=row.request.purchase.reference
        )
    refusal.field = refusal.field[1:] if refusal.field[:1] == ("purchase",) else refusal.field
    return refusal
