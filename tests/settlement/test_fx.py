"""From one currency to another: exact, rounded once, in either direction of the pair."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import Money, exponent_of
from coalition.settlement.fx import FxRate, converted

CURRENCIES = ["EUR", "GBP", "JPY", "KWD", "USD"]


def _rate(base: str, quote: str, rate: Decimal | str) -> FxRate:
    return FxRate(1, "bank", date(2026, 10, 31), base, quote, Decimal(rate))


def test_pounds_become_euros_at_the_rate_of_the_cut_off() -> None:
    rate = _rate("EUR", "GBP", "0.8600")
    assert converted(Money(-30350, "GBP"), "EUR", rate) == Money(-35291, "EUR")
    assert converted(Money(35291, "EUR"), "GBP", rate) == Money(30350, "GBP")


def test_a_currency_without_decimals_and_one_with_three() -> None:
    assert converted(Money(1000, "EUR"), "JPY", _rate("EUR", "JPY", "163.25")) == Money(1632, "JPY")
    assert converted(Money(1632, "JPY"), "EUR", _rate("EUR", "JPY", "163.25")) == Money(1000, "EUR")
    assert converted(Money(1000, "EUR"), "KWD", _rate("KWD", "EUR", "3.0001")) == Money(3333, "KWD")


def test_a_rate_of_another_pair_converts_nothing() -> None:
    with pytest.raises(ValueError, match="EUR/GBP"):
        converted(Money(1, "USD"), "EUR", _rate("EUR", "GBP", "0.86"))


@given(
    minor=st.integers(-(10**14), 10**14),
    ours=st.sampled_from(CURRENCIES),
    theirs=st.sampled_from(CURRENCIES),
    rate=st.decimals(min_value="0.0001", max_value="9999", places=6),
    turned=st.booleans(),
)
def test_every_amount_is_the_exact_one_rounded_half_to_even(
    *, minor: int, ours: str, theirs: str, rate: Decimal, turned: bool
) -> None:
    if ours == theirs:
        return
    pair = (theirs, ours) if turned else (ours, theirs)
    factor = 1 / Fraction(rate) if turned else Fraction(rate)
    scale = Fraction(10) ** (exponent_of(theirs) - exponent_of(ours))
    found = converted(Money(minor, ours), theirs, _rate(*pair, rate))
    assert found == Money(round(minor * factor * scale), theirs)
