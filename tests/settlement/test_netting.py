"""Who pays whom: nothing is made or lost, in each currency and in one; what rounding leaves is
posted by name.
"""

from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import Money
from coalition.ledger import MoneyAccount
from coalition.settlement.fx import FxRate, converted, exactly
from coalition.settlement.netting import Owed, Position, netted, positions, positions_in
from coalition.settlement.treasury import fund_in, needs

RATES = {
    "GBP": FxRate(1, "bank", date(2026, 10, 31), "EUR", "GBP", Decimal("0.8600")),
    "JPY": FxRate(2, "bank", date(2026, 10, 31), "EUR", "JPY", Decimal("163.2500")),
    "KWD": FxRate(3, "bank", date(2026, 10, 31), "KWD", "EUR", Decimal("3.0007")),
}
_PARTNERS = {MoneyAccount.RECEIVABLE, MoneyAccount.PAYABLE}


@st.composite
def _owed(draw: st.DrawFn) -> list[Owed]:
    currencies = draw(st.lists(st.sampled_from(["EUR", *RATES]), min_size=1, max_size=8))
    amounts = st.integers(-(10**10), 10**10)
    return [
        Owed(
            number,
            Money(draw(amounts), currency),
            Money(draw(amounts), currency),
            Money(draw(st.integers(0, 10**11)), currency),
        )
        for number, currency in enumerate(currencies, start=1)
    ]


def _moved(found: list[Position]) -> Counter[tuple[MoneyAccount, str]]:
    """What each account is left with: debits less credits."""
    sums: Counter[tuple[MoneyAccount, str]] = Counter()
    for one in found:
        for move in one.movements:
            assert move.amount.minor > 0
            sums[move.debit, move.amount.currency] += move.amount.minor
            sums[move.credit, move.amount.currency] -= move.amount.minor
    return sums


@given(_owed())
def test_per_currency_all_partners_and_the_pool_sum_to_nothing(owed: list[Owed]) -> None:
    for one in positions(owed):
        own = [each for each in owed if each.net.currency == one.currency]
        assert one.nets == {each.partner_id: each.net for each in own}
        assert sum(net.minor for net in one.nets.values()) + one.pool.minor == 0
    found = netted(owed)
    for currency in {one.net.currency for one in owed}:
        own_positions = [one for one in found if one.net.currency == currency]
        assert sum(one.amount.minor for one in own_positions) == 0
        assert all(one.settled == one.amount for one in own_positions)
    assert not _moved(found)


@given(_owed())
def test_in_one_currency_what_is_settled_sums_to_nothing(owed: list[Owed]) -> None:
    found = netted(owed, "EUR", RATES)
    assert {one.settled.currency for one in found} == {"EUR"}
    assert sum(one.settled.minor for one in found) == 0
    for one in found:
        if one.partner_id is not None and one.rate is not None:
            assert one.settled == converted(one.amount, "EUR", one.rate)


@given(_owed())
def test_the_pool_takes_over_what_was_owed_elsewhere_and_rounding_is_posted(
    owed: list[Owed],
) -> None:
    """Security checklist, line 31."""
    found = netted(owed, "EUR", RATES)
    moved = _moved(found)
    for currency, rate in RATES.items():
        own = [one.net.minor + one.vat.minor for one in owed if one.net.currency == currency]
        # What partners owed in it is closed, and the pool has it.
        assert sum(moved[account, currency] for account in _PARTNERS) == -sum(own)
        assert moved[MoneyAccount.POOL, currency] == sum(own)
        # In euros the pool moves by exactly what that is worth, rounded once.
        assert rate.quote != rate.base
    worth = sum(
        converted(
            Money(sum(o.net.minor + o.vat.minor for o in owed if o.net.currency == one), one),
            "EUR", rate,
        ).minor
        for one, rate in RATES.items()
    )  # fmt: skip
    assert -moved[MoneyAccount.POOL, "EUR"] == worth
    converted_ones = sum(1 for one in owed if one.net.currency in RATES)
    assert abs(moved[MoneyAccount.ROUNDING, "EUR"]) <= Fraction(converted_ones + 3, 2)


def test_netting_says_what_part_of_the_payments_it_saves() -> None:
    nothing = Money(0, "EUR")
    (position,) = positions(
        [
            Owed(1, Money(100, "EUR"), nothing, Money(1900, "EUR")),
            Owed(2, Money(0, "EUR"), nothing, Money(100, "EUR")),
        ]
    )
    assert position.compression == 1 - Decimal(100) / Decimal(2000)
    assert position.payments == 1


def test_a_brand_with_two_statements_is_one_position_in_one_currency() -> None:
    nothing = Money(0, "EUR"), Money(0, "GBP")
    owed = [
        Owed(1, Money(10_000, "EUR"), nothing[0], Money(10_000, "EUR")),
        Owed(1, Money(8_600, "GBP"), nothing[1], Money(8_600, "GBP")),
    ]
    one = positions_in(owed, "EUR", RATES)
    assert one.nets == {1: Money(20_000, "EUR")}
    assert one.pool == Money(-20_000, "EUR")


@given(
    st.dictionaries(st.sampled_from(["EUR", *RATES]), st.integers(-(10**10), 10**10)),
    st.dictionaries(st.sampled_from(["EUR", *RATES]), st.integers(-(10**10), 10**10)),
)
def test_what_the_pool_lacks_is_bought_and_its_worth_is_a_report(
    before: dict[str, int], moved: dict[str, int]
) -> None:
    for need in needs(before, moved, "EUR", RATES):
        currency = need.needed.currency
        assert need.needed.minor == -(before.get(currency, 0) + moved.get(currency, 0)) > 0
        assert need.booked.minor == round(exactly(need.needed, "EUR", RATES[currency]))
    fund = fund_in(before, moved, "EUR", RATES)
    currencies = len(before.keys() | moved.keys())
    assert abs(fund.rounding.minor) <= Fraction(3 * currencies, 2)
