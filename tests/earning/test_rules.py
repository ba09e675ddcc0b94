"""From a purchase to points: floored once, and the same in whatever parts it comes back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.earning import Earned, Purchase, rule_in_words, steps_of
from coalition.earning.errors import (
    AmountTooPrecise,
    CurrencyNotAgreed,
    NothingEarned,
    PurchasePartsTooLarge,
)
from coalition.earning.rules import earned, last_day, points_for, points_kept
from coalition.kit.amounts import AmountNotPositive, exponent_of
from coalition.kit.errors import Refusal
from coalition.ledger import SettlementCalendar
from coalition.partners import (
    Agreement,
    InTheFuture,
    NoAgreementOnDate,
    Partner,
    PartnerStatus,
    Programme,
    Terms,
    TooLongAgo,
)
from coalition.partners.terms import (
    Clawback,
    Excludable,
    ExpiryKind,
    ExpiryPolicy,
    ShortfallPayer,
)

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
STARTED = datetime(2025, 1, 1, tzinfo=UTC)
NEVER = ExpiryPolicy(ExpiryKind.NONE)

rates = st.decimals(min_value="0.00000001", max_value=1000, places=8)
amounts = st.integers(1, 10**9)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


def _agreement(rate: Decimal | str = "1", *, excludes: str = "") -> Agreement:
    return Agreement(
        id=1,
        partner_id=1,
        valid_from=STARTED,
        points_per_unit=Decimal(rate),
        issue_price=Decimal("0.01"),
        redeem_price=Decimal("0.008"),
        minimum_redemption=1,
        excludes=frozenset(Excludable(part) for part in excludes.split()),
    )


def _partner(agreement: Agreement) -> Partner:
    return Partner(1, "grocer", "Harvest Grocer", "Harvest", "EUR", PartnerStatus.ACTIVE,
                   (agreement,))  # fmt: skip


def _programme(*, expiry: ExpiryPolicy = NEVER, pending_days: int = 0) -> Programme:
    return Programme(
        version=1,
        name="Market Street",
        point_name="points",
        point_value=Decimal("0.005"),
        currency="EUR",
        time_zone="Europe/Madrid",
        settlement_calendar=SettlementCalendar.MONTHLY,
        pending_days=pending_days,
        late_purchase_days=30,
        expiry=expiry,
        clawback=Clawback.WITHIN_BALANCE,
        shortfall_payer=ShortfallPayer.ISSUER,
        debt_limit=0,
        refund_grace_days=30,
        hold_seconds=900,
    )


def _earned(
    programme: Programme, partner: Partner, purchase: Purchase, *, now: datetime = NOW
) -> Earned:
    return earned(Terms(programme, (partner,)), partner, purchase, now=now)


def _purchase(amount: str = "10", *, at: datetime = NOW, currency: str = "EUR") -> Purchase:
    return Purchase("r-1", at, Decimal(amount), currency)


@given(amounts, rates, currencies)
def test_points_are_the_exact_product_floored_once(
    basis: int, rate: Decimal, currency: str
) -> None:
    """Security checklist, line 31."""
    exact = Fraction(basis, 10 ** exponent_of(currency)) * Fraction(rate)
    assert points_for(_agreement(rate), basis, currency) == floor(exact)


@given(st.data(), amounts, rates, currencies)
def test_what_is_kept_after_returns_is_what_the_rest_alone_would_earn(
    data: st.DataObject, amount: int, rate: Decimal, currency: str
) -> None:
    basis = data.draw(st.integers(1, amount))
    returned = data.draw(st.integers(0, amount))
    rest = Fraction(basis * (amount - returned), amount * 10 ** exponent_of(currency))
    kept = points_kept(
        _agreement(rate), basis=basis, amount=amount, returned=returned, currency=currency
    )
    assert kept == floor(rest * Fraction(rate))


@given(st.data(), st.integers(1, 10**6), rates, currencies)
def test_partial_returns_take_what_one_full_return_takes_in_any_order(
    data: st.DataObject, amount: int, rate: Decimal, currency: str
) -> None:
    agreement = _agreement(rate)
    basis = data.draw(st.integers(1, amount))
    cuts = sorted(data.draw(st.lists(st.integers(1, amount), max_size=5)))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, amount], strict=True) if b > a]
    full = points_for(agreement, basis, currency)
    for order in (parts, parts[::-1], data.draw(st.permutations(parts))):
        left, returned = full, 0
        for part in order:
            returned += part
            kept = points_kept(
                agreement, basis=basis, amount=amount, returned=returned, currency=currency
            )
            assert 0 <= kept <= left
            left = kept
        assert left == 0


@pytest.mark.parametrize(
    ("excludes", "basis", "points"),
    [
        ("", "100.00", 100),
        ("tax", "82.64", 82),
        ("paid_with_points", "90.00", 90),
        ("tax paid_with_points", "72.64", 72),
        ("shipping", "95.05", 95),
        ("tax shipping paid_with_points", "67.69", 67),
    ],
)
def test_what_an_agreement_excludes_earns_nothing(excludes: str, basis: str, points: int) -> None:
    bought = Purchase(
        "r-1", NOW, Decimal("100.00"), "EUR", tax=Decimal("17.36"), shipping=Decimal("4.95"),
        paid_with_points=Decimal("10.00"),
    )  # fmt: skip
    agreement = _agreement(excludes=excludes)
    fact = _earned(_programme(), _partner(agreement), bought, now=NOW)
    assert (fact.basis, fact.points) == (int(Decimal(basis) * 100), points)
    assert fact.amount.minor == 10000


def test_a_part_that_is_not_named_takes_nothing_off() -> None:
    agreement = _agreement(excludes="tax shipping paid_with_points")
    assert _earned(_programme(), _partner(agreement), _purchase(), now=NOW).points == 10


@pytest.mark.parametrize(
    ("bought", "refusal", "field"),
    [
        (_purchase(at=NOW + timedelta(minutes=6)), InTheFuture, ("purchasedAt",)),
        (_purchase(at=NOW - timedelta(days=31)), TooLongAgo, ("purchasedAt",)),
        (_purchase(currency="USD"), CurrencyNotAgreed, ("amount", "currency")),
        (_purchase("0"), AmountNotPositive, ("amount",)),
        (_purchase("-1"), AmountNotPositive, ("amount",)),
        (_purchase("1.001"), AmountTooPrecise, ("amount", "amount")),
        (_purchase("1E+30"), AmountTooPrecise, ("amount", "amount")),
        (_purchase("0.99"), NothingEarned, ("amount",)),
        (Purchase("r", NOW, Decimal(10), "EUR", tax=Decimal("10.01")), PurchasePartsTooLarge,
         ("amount",)),
        (Purchase("r", NOW, Decimal(10), "EUR", tax=Decimal(-1)), AmountNotPositive, ("tax",)),
        (Purchase("r", NOW, Decimal(10), "EUR", tax=Decimal("0.001")), AmountTooPrecise,
         ("tax", "amount")),
    ],
)  # fmt: skip
def test_a_purchase_is_refused_by_the_law_it_breaks(
    bought: Purchase, refusal: type[Refusal], field: tuple[str, ...]
) -> None:
    with pytest.raises(refusal) as refused:
        _earned(_programme(), _partner(_agreement(excludes="tax")), bought, now=NOW)
    assert refused.value.field == field


def test_a_tills_clock_may_be_five_minutes_ahead() -> None:
    bought = _purchase(at=NOW + timedelta(minutes=5))
    assert _earned(_programme(), _partner(_agreement()), bought, now=NOW).points == 10


def test_nothing_is_earned_before_the_first_agreement() -> None:
    late = _programme()
    before = _purchase(at=STARTED - timedelta(seconds=1))
    with pytest.raises(NoAgreementOnDate):
        _earned(late, _partner(_agreement()), before, now=STARTED + timedelta(days=1))


def test_points_wait_their_pending_days_from_the_purchase() -> None:
    fact = _earned(_programme(pending_days=14), _partner(_agreement()), _purchase(), now=NOW)
    assert fact.spendable_from == NOW + timedelta(days=14)


@pytest.mark.parametrize(
    ("policy", "ends"),
    [
        (NEVER, None),
        (ExpiryPolicy(ExpiryKind.ROLLING, months=12), date(2027, 1, 31)),
        (ExpiryPolicy(ExpiryKind.ROLLING, months=1), date(2026, 2, 28)),
        (ExpiryPolicy(ExpiryKind.PERIOD_END, months=12, period="month"), date(2027, 1, 31)),
        (ExpiryPolicy(ExpiryKind.PERIOD_END, months=12, period="quarter"), date(2027, 3, 31)),
        (ExpiryPolicy(ExpiryKind.PERIOD_END, months=12, period="year"), date(2027, 12, 31)),
        (ExpiryPolicy(ExpiryKind.FIXED, on=date(2026, 12, 31)), date(2026, 12, 31)),
    ],
)
def test_points_end_by_the_programmes_policy(policy: ExpiryPolicy, ends: date | None) -> None:
    assert last_day(policy, date(2026, 1, 31)) == ends


def test_the_day_of_a_purchase_is_the_programmes_own() -> None:
    policy = ExpiryPolicy(ExpiryKind.ROLLING, months=1)
    late_in_madrid = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)
    fact = _earned(
        _programme(expiry=policy), _partner(_agreement()), _purchase(at=late_in_madrid), now=NOW
    )
    assert fact.expires_on == date(2026, 4, 15)


def test_points_that_would_have_ended_already_are_not_given() -> None:
    ended = _programme(expiry=ExpiryPolicy(ExpiryKind.FIXED, on=date(2026, 3, 14)))
    with pytest.raises(NothingEarned) as refused:
        _earned(ended, _partner(_agreement()), _purchase(), now=NOW)
    assert refused.value.field == ("purchasedAt",)


def test_points_on_their_last_day_are_still_given() -> None:
    today = _programme(expiry=ExpiryPolicy(ExpiryKind.FIXED, on=date(2026, 3, 15)))
    assert _earned(today, _partner(_agreement()), _purchase(), now=NOW).points == 10


def test_an_award_explains_itself() -> None:
    (step,) = steps_of(_agreement("1.50"), [(1, 15)], "EUR")
    assert (step.points_per_unit, step.points, step.funded_by) == (Decimal("1.5"), 15, 1)
    assert rule_in_words(step, None) == "1.5 points per 1 EUR, rounded down"
    assert rule_in_words(step, "es") == "1,5 por cada 1,00\xa0€, redondeado hacia abajo"
