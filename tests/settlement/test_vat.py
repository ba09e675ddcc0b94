"""VAT: each mode on its documents, per rate on the total, rounded once."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.partners import Agreement
from coalition.partners.terms import VatMode
from coalition.settlement.vat import Side, tax_on, taxes_on

STARTED = datetime(2025, 1, 1, tzinfo=UTC)
MODES = {
    VatMode.STANDARD: ("0.21", "0.21"),
    VatMode.REVERSE_CHARGE: ("0", "0"),
    VatMode.EXEMPT: ("0", "0"),
    VatMode.THIRD_PARTY_CONSIDERATION: ("0.21", "0"),
    VatMode.MIXED: ("0.21", "0.10"),
}
rates = st.decimals(min_value=0, max_value=1, places=4)


def _agreement(
    mode: VatMode, rate: str | Decimal | None, redemption: str | Decimal | None = None
) -> Agreement:
    return Agreement(
        1, 1, STARTED, Decimal(1), Decimal("0.01"), Decimal("0.01"), 1,
        vat_mode=mode, vat_rate=None if rate is None else Decimal(rate),
        vat_rate_redemption=None if redemption is None else Decimal(redemption),
    )  # fmt: skip


@pytest.mark.parametrize("mode", VatMode)
def test_each_mode_taxes_each_document_in_its_way(mode: VatMode) -> None:
    given_rates = {
        VatMode.STANDARD: ("0.21", None),
        VatMode.THIRD_PARTY_CONSIDERATION: ("0.21", None),
        VatMode.MIXED: ("0.21", "0.10"),
    }.get(mode, (None, None))
    agreement = _agreement(mode, *given_rates)
    taxes = taxes_on(
        [(Side.ISSUANCE, agreement, 10_000), (Side.REDEMPTION, agreement, 10_000)], "EUR"
    )
    assert [(one.side, one.vat) for one in taxes] == [
        (side, int(Decimal(rate) * 10_000)) for side, rate in zip(Side, MODES[mode], strict=True)
    ]


def test_a_standard_agreement_may_have_another_rate_for_what_it_bills_itself() -> None:
    agreement = _agreement(VatMode.STANDARD, "0.21", "0.10")
    taxes = taxes_on([(side, agreement, 1000) for side in Side], "EUR")
    assert [one.vat for one in taxes] == [210, 100]


def test_lines_of_one_rate_are_taxed_together_and_rounded_once() -> None:
    agreement = _agreement(VatMode.STANDARD, "0.21")
    # A third of a cent each: alone they would be nothing, together a cent.
    (tax,) = taxes_on([(Side.ISSUANCE, agreement, 1)] * 3, "EUR")
    assert (tax.base, tax.vat) == (3, 1)


def test_each_rate_has_its_own_tax() -> None:
    old, new = _agreement(VatMode.STANDARD, "0.19"), _agreement(VatMode.STANDARD, "0.21")
    taxes = taxes_on([(Side.ISSUANCE, old, 1000), (Side.ISSUANCE, new, 1000)], "EUR")
    assert [(one.rate, one.vat) for one in taxes] == [
        (Decimal("0.19"), 190), (Decimal("0.21"), 210),
    ]  # fmt: skip


@given(st.integers(-(10**15), 10**15), rates, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_tax_is_the_exact_one_rounded_half_to_even(base: int, rate: Decimal, money: str) -> None:
    assert tax_on(base, rate, money) == round(base * Fraction(rate))


@given(st.lists(st.tuples(rates, st.integers(-(10**12), 10**12)), max_size=8))
def test_taxes_are_within_half_a_unit_per_rate_of_the_exact_ones(
    lines: list[tuple[Decimal, int]],
) -> None:
    bases = [(Side.ISSUANCE, _agreement(VatMode.STANDARD, rate), minor) for rate, minor in lines]
    taxes = taxes_on(bases, "EUR")
    exact = sum((minor * Fraction(rate) for rate, minor in lines), Fraction(0))
    assert abs(sum(one.vat for one in taxes) - exact) <= Fraction(len(taxes), 2)
    assert sum(one.base for one in taxes) == sum(minor for _, minor in lines)
