"""From a purchase to points, and back when it is returned. Pure arithmetic.

Amounts are whole minor units. Points are floored once per purchase, in whole-number
arithmetic: what a member earns is the same on every machine and never a rounding better.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from coalition.earning.errors import (
    AmountTooPrecise,
    CurrencyNotAgreed,
    EarningStopped,
    NothingEarned,
    PromotionNotFound,
    PromotionNotFunded,
    PurchasePartsTooLarge,
)
from coalition.kit.amounts import LARGEST, AmountNotPositive, Money, NotMoney, exponent_of
from coalition.ledger.calendar import add_months, end_of
from coalition.ledger.shares import split
from coalition.partners.happened import agreement_then
from coalition.partners.terms import (
    Agreement,
    Excludable,
    ExpiryKind,
    ExpiryPolicy,
    Partner,
    PartnerStatus,
    Promotion,
    Terms,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt, kept for the rules that will ask for it."""

    sku: str
    category: str | None
    quantity: int
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a partner says was bought. `amount` includes the parts named besides it."""

    reference: str
    purchased_at: datetime
    amount: Decimal
    currency: str
    tax: Decimal | None = None
    shipping: Decimal | None = None
    paid_with_points: Decimal | None = None
    store_code: str | None = None
    terminal_code: str | None = None
    channel: str | None = None
    lines: tuple[Line, ...] = ()
    promotion: str | None = None

    def part(self, part: Excludable) -> Decimal | None:
        match part:
            case Excludable.TAX:
                return self.tax
            case Excludable.SHIPPING:
                return self.shipping
            case Excludable.PAID_WITH_POINTS:
                return self.paid_with_points


@dataclass(frozen=True, slots=True)
class Step:
    """Which rule gave how many points, and the partner that pays for them. `percent`: the part of
    a promotion's points that it pays for.
    """

    rule: Agreement | Promotion
    currency: str
    points: int
    funded_by: int
    percent: Decimal | None = None

    @property
    def points_per_unit(self) -> Decimal:
        return self.rule.points_per_unit.normalize()


@dataclass(frozen=True, slots=True)
class Part:
    """The points of an award that one partner pays for, at its own agreement of that time."""

    agreement: Agreement
    points: int


@dataclass(frozen=True, slots=True)
class Earned:
    """What a purchase earns. `expires_on` is the last day on which the points may be spent.

    `parts` sum to `points`: one, of the partner itself, or under a promotion one per funder.
    """

    points: int
    amount: Money
    basis: int
    agreement: Agreement
    spendable_from: datetime
    expires_on: date | None
    promotion: Promotion | None
    parts: tuple[Part, ...]


def earned(terms: Terms, partner: Partner, purchase: Purchase, *, now: datetime) -> Earned:
    """The points for a purchase by the agreement, or the promotion, valid at its own time.

    Raises `InTheFuture`, `TooLongAgo`, `NoAgreementOnDate`, `EarningStopped`,
    `CurrencyNotAgreed`, `AmountNotPositive`, `AmountTooPrecise`, `PurchasePartsTooLarge`,
    `NothingEarned`, `PromotionNotFound`, `PromotionNotFunded`.
    """
    programme = terms.programme
    agreement = agreement_then(
        programme, partner, purchase.purchased_at, now=now, field="purchasedAt"
    )
    if _stopped(partner, purchase.purchased_at):
        raise EarningStopped(
            f"{partner.code} gives no points for purchases since {partner.stop_earning_on}.",
            field=("purchasedAt",),
        )
    promotion = promotion_of(terms, partner, purchase)
    amount = _minor(partner, purchase.amount, purchase.currency, "amount")
    if amount <= 0:
        raise AmountNotPositive(
            f"The amount must be more than nothing, not {purchase.amount}.", field=("amount",)
        )
    basis = amount - sum(
        _part(partner, purchase, part) for part in Excludable if part in agreement.excludes
    )
    if basis < 0:
        raise PurchasePartsTooLarge(
            "Tax, shipping and what was paid with points come to more than the purchase.",
            field=("amount",),
        )
    rule = promotion or agreement
    points = points_for(rule, basis, partner.currency)
    if points == 0:
        raise NothingEarned(
            f"{Money(basis, partner.currency)} earns less than one point at"
            f" {rule.points_per_unit.normalize():f} a unit.",
            field=("amount",),
        )
    if points > LARGEST:
        raise AmountTooPrecise("The purchase earns more points than can be held.",
                               field=("amount",))  # fmt: skip
    local_day = programme.today(purchase.purchased_at)
    expires_on = last_day(programme.expiry, local_day)
    if expires_on is not None and expires_on < programme.today(now):
        raise NothingEarned(
            f"The points of this purchase would have ended on {expires_on}.",
            field=("purchasedAt",),
        )
    return Earned(
        points=points,
        amount=Money(amount, partner.currency),
        basis=basis,
        agreement=agreement,
        spendable_from=purchase.purchased_at + timedelta(days=programme.pending_days),
        expires_on=expires_on,
        promotion=promotion,
        parts=parts_of(terms, promotion, points, purchase.purchased_at)
        if promotion
        else (Part(agreement, points),),
    )


def promotion_of(terms: Terms, partner: Partner, purchase: Purchase) -> Promotion | None:
    """The promotion that a purchase names; None when it names none. Raises `PromotionNotFound`."""
    if purchase.promotion is None:
        return None
    found = terms.promotion(purchase.promotion)
    if (
        found is None
        or found.partner_id != partner.id
        or not found.valid_from <= purchase.purchased_at < found.valid_until
    ):
        raise PromotionNotFound(
            f"{partner.code} had no promotion {purchase.promotion!r} on"
            f" {purchase.purchased_at.isoformat()}.",
            field=("promotion",),
        )
    return found


def parts_of(
    terms: Terms, promotion: Promotion, points: int, purchased_at: datetime
) -> tuple[Part, ...]:
    """Who pays for how many of a promotion's points. Raises `PromotionNotFunded`."""
    parts = []
    for partner_id, share in split(points, dict(promotion.shares)).items():
        funder = terms.partner(partner_id)
        agreement = funder.agreement_on(purchased_at)
        pays = funder.status in {PartnerStatus.ACTIVE, PartnerStatus.LEAVING}
        if agreement is None or not pays or _stopped(funder, purchased_at):
            raise PromotionNotFunded(
                f"Not every partner that funds {promotion.code!r} gave points on"
                f" {purchased_at.isoformat()}.",
                field=("promotion",),
            )
        parts.append(Part(agreement, share))
    return tuple(parts)


def _stopped(partner: Partner, at: datetime) -> bool:
    stop = partner.stop_earning_on
    return stop is not None and partner.day_of(at) >= stop


def points_for(rule: Agreement | Promotion, basis: int, currency: str) -> int:
    """floor(basis in units x points per unit), for a basis in minor units."""
    numerator, denominator = rule.rate
    return int(basis * numerator // (denominator * 10 ** exponent_of(currency)))


def points_kept(
    rule: Agreement | Promotion, *, basis: int, amount: int, returned: int, currency: str
) -> int:
    """The points that a purchase still earns when `returned` of its `amount` has come back.

    As if only the rest had been bought, so partial returns come to the same in any order and
    the last one takes the last point. The basis shrinks in proportion to the amount.
    """
    numerator, denominator = rule.rate
    rest = basis * (amount - returned)
    return int(rest * numerator // (amount * denominator * 10 ** exponent_of(currency)))


def last_day(policy: ExpiryPolicy, earned_on: date) -> date | None:
    """The last day of points earned on a local day; None when they never end."""
    match policy.kind:
        case ExpiryKind.NONE:
            return None
        case ExpiryKind.FIXED:
            return policy.on
        case ExpiryKind.ROLLING:
            return add_months(earned_on, policy.months or 0)
        case ExpiryKind.PERIOD_END:
            return end_of(policy.period or "month", add_months(earned_on, policy.months or 0))


def steps_of(
    rule: Agreement | Promotion, shares: Iterable[tuple[int, int]], currency: str
) -> tuple[Step, ...]:
    """How an award came about: by the agreement's own rate, or by a promotion and then a step per
    partner that funds it. `shares` are (partner, points).
    """
    percent = dict(rule.shares) if isinstance(rule, Promotion) else {}
    return tuple(
        Step(rule, currency, points, funder, percent.get(funder)) for funder, points in shares
    )


def _part(partner: Partner, purchase: Purchase, part: Excludable) -> int:
    value = purchase.part(part)
    if value is None:
        return 0
    minor = _minor(partner, value, purchase.currency, part.value)
    if minor < 0:
        raise AmountNotPositive(f"{part.value} must not be less than nothing.", field=(part.value,))
    return minor


def _minor(partner: Partner, amount: Decimal, currency: str, field: str) -> int:
    if currency != partner.currency:
        raise CurrencyNotAgreed(
            f"{partner.code} settles in {partner.currency}; the purchase is in {currency}.",
            field=(field, "currency"),
        )
    try:
        return Money.of(amount, currency).minor
    except NotMoney as error:
        raise AmountTooPrecise(str(error), field=(field, "amount")) from None
