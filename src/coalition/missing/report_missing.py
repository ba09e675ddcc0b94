"""Report a purchase that brought no points."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from coalition.access import Actor, Scope, acting_member
from coalition.earning import Purchase, earned
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members import refusal_about
from coalition.missing.errors import (
    PurchaseAlreadyAwarded,
    PurchaseAlreadyReported,
    TooManyReports,
)
from coalition.missing.rules import MOST_A_DAY, answer_due, check_day, moment_of
from coalition.partners import NoAgreementOnDate, Office, PartnerSuspended, Terms
from coalition.partners.office import Rows

OPERATION = "reportMissingPurchase"


@dataclass(frozen=True, slots=True)
class MissingReport:
    """`partner_id` 0: an id that names no brand. `reference`: the number on the receipt.
    `amount` in units of `currency`.
    """

    idempotency_key: str
    partner_id: int
    purchased_on: date
    amount: Decimal
    currency: str
    reference: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    missing_id: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    amount: int
    due_at: datetime


async def report_missing(
    office: Office, *, actor: Actor, report: MissingReport, now: datetime
) -> Reported:
    """The report, once per key. A purchase that would earn nothing is refused like its award.

    Raises `NoAgreementOnDate`, `InTheFuture`, `AskedTooEarly`, `AskedTooLate`,
    `EarningStopped`, `CurrencyNotAgreed`, `AmountNotPositive`, `AmountTooPrecise`,
    `NothingEarned`, `PartnerSuspended`, `MemberClosed`, `MemberSuspended`,
    `PurchaseAlreadyAwarded`, `PurchaseAlreadyReported`, `TooManyReports`,
    `IdempotencyKeyReused`, `TextNotAllowed`.
    """
    member_id = acting_member(actor, Scope.MEMBER_MANAGE)
    claim = claim_of(f"member {member_id}", OPERATION, report.idempotency_key)
    reference = clean(report.reference, ("reference",))
    message = None if report.message is None else clean(report.message, ("message",), longest=1000)
    fingerprint = hash_of_request(
        report.partner_id, report.purchased_on.isoformat(), format(report.amount.normalize(), "f"),
        report.currency, reference, message,
    )  # fmt: skip
    refusal: Refusal | None = None

    async def post(terms: Terms) -> Rows:
        nonlocal refusal
        refusal = judged = None
        try:
            judged = _judged(terms, report, now)
        except Refusal as found:
            refusal = found
        return await office.database.call(
            "report_missing", terms.programme.version, claim, fingerprint, member_id,
            report.partner_id, refusal.code if refusal else None, reference, report.purchased_on,
            judged and judged.amount, report.currency, message, judged and judged.due_at,
            MOST_A_DAY, now, *actor.signature,
        )  # fmt: skip

    (row,) = await office.under_terms(post)
    outcome: str = row["outcome"]
    if outcome in {"REPORTED", "REPLAYED"}:
        return Reported(row["missing_id"], replayed=outcome == "REPLAYED")
    if refusal is not None and outcome == refusal.code:
        raise refusal
    raise _refusal_of(
        outcome, report, place=(member_id, row["award_seq"]), missing_id=row["missing_id"]
    )


def _judged(terms: Terms, report: MissingReport, now: datetime) -> _Judged:
    """Raises what refuses the report."""
    if not terms.knows(report.partner_id):
        raise NoAgreementOnDate("There is no such brand.", field=("partner",))
    programme, partner = terms.programme, terms.partner(report.partner_id)
    check_day(programme, partner.contract, report.purchased_on, now=now)
    purchase = Purchase(
        reference=report.reference,
        purchased_at=moment_of(programme, report.purchased_on, reported_at=now),
        amount=report.amount,
        currency=report.currency,
    )
    try:
        fact = earned(terms, partner, purchase, now=now)
    except Refusal as refusal:
        # Here a day was asked for, and there a moment.
        refusal.field = ("purchasedOn",) if refusal.field == ("purchasedAt",) else refusal.field
        raise
    return _Judged(fact.amount.minor, answer_due(partner.contract, now))


def _refusal_of(
    outcome: str, report: MissingReport, *, place: tuple[int, int], missing_id: int | None
) -> Refusal:
    match outcome:
        case "IDEMPOTENCY_KEY_REUSED":
            return reused(report.idempotency_key)
        case PartnerSuspended.code:
            return PartnerSuspended("The brand is suspended or has left.", field=("partner",))
        case PurchaseAlreadyAwarded.code:
            awarded = PurchaseAlreadyAwarded(
                f"The points of the receipt {report.reference.strip()!r} are on the account.",
                field=("reference",),
            )
            awarded.place = place
            return awarded
        case PurchaseAlreadyReported.code:
            reported = PurchaseAlreadyReported(
                f"The receipt {report.reference.strip()!r} was reported, and is being looked at.",
                field=("reference",),
            )
            reported.missing_id = missing_id
            return reported
        case TooManyReports.code:
            return TooManyReports(
                f"{MOST_A_DAY} purchases in 24 hours can be reported. Send the others later."
            )
    refusal = refusal_about(outcome, ())
    if refusal is None:
        raise RuntimeError(f"report_missing answered {outcome}")
    return refusal
