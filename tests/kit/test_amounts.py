"""Money is whole minor units of a currency, and is rounded in one place."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import LARGEST, Money, NotMoney, exponent_of, priced

prices = st.decimals(min_value=0, max_value=10_000, places=8)


@pytest.mark.parametrize(("currency", "exponent"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_as_many_decimals_as_iso_4217_says(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize("code", ["XAU", "eur", "EURO", "", "ZZZ"])
def test_what_has_no_minor_unit_is_not_money(code: str) -> None:
    with pytest.raises(NotMoney, match="not a currency"):
        exponent_of(code)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("19.99", "EUR", 1999), ("19.990", "EUR", 1999), ("1E+2", "JPY", 100), ("0.001", "KWD", 1)],
)
def test_an_amount_is_exact_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert Money.of(Decimal(amount), currency) == Money(minor, currency)


@pytest.mark.parametrize(("amount", "currency"), [("0.001", "EUR"), ("1.5", "JPY")])
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(
    amount: str, currency: str
) -> None:
    with pytest.raises(NotMoney, match="more decimals"):
        Money.of(Decimal(amount), currency)


def test_an_amount_that_64_bits_cannot_hold_is_refused() -> None:
    assert Money.of(Decimal(LARGEST), "JPY").minor == LARGEST
    with pytest.raises(NotMoney, match="larger"):
        Money.of(Decimal(LARGEST + 1), "JPY")


@given(st.integers(-LARGEST, LARGEST), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_survives_the_way_there_and_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money


@pytest.mark.parametrize(
    ("points", "price", "minor"),
    [(1, "0.005", 0), (3, "0.005", 2), (5, "0.005", 2), (-3, "0.005", -2), (100, "0.0083", 83)],
)
def test_half_a_cent_is_rounded_to_the_even_one(points: int, price: str, minor: int) -> None:
    assert priced(points, Decimal(price), "EUR") == Money(minor, "EUR")


@given(st.integers(-LARGEST, LARGEST), prices, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_price_times_points_is_exact_before_it_is_rounded(
    points: int, price: Decimal, currency: str
) -> None:
    exact = points * Fraction(price) * 10 ** exponent_of(currency)
    assert priced(points, price, currency).minor == round(exact)


def test_money_is_written_with_its_currency() -> None:
    assert str(Money(123456, "EUR")) == "1,234.56 EUR"
    assert str(Money(5000, "JPY")) == "5,000 JPY"
