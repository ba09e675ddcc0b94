"""When banks are open, what they can read, and how often a mandate collects."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.kit.amounts import Money
from coalition.partners.terms import LegalEntity, Mandate
from coalition.payments.bank_days import bank_day, easter_sunday, is_bank_day
from coalition.payments.bank_text import bank_text
from coalition.payments.mandates import MandateUnusable, Use, sequence_of
from coalition.payments.orders import (
    CannotCollect,
    Conditions,
    Due,
    Method,
    NoBankDay,
    orders,
)

CARRIED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")
TODAY = date(2026, 4, 1)  # the Wednesday before Easter
MANDATE = Mandate("M-1", date(2025, 1, 1), "RCUR")
OPERATOR = LegalEntity(9, "pool", "Pool", "DE", iban="DE89370400440532013000", creditor_id="DE98")


def _florist(mandate: Mandate | None = MANDATE) -> LegalEntity:
    return LegalEntity(
        1, "petalwerk", "Petalwerk", "NL", iban="NL91ABNA0417164300", mandate=mandate
    )


def _conditions(entity: LegalEntity | None, **more: object) -> Conditions:
    found: dict[str, object] = {
        "entities": {1: entity}, "operator": OPERATOR, "by_transfer": set[int](), "used": {},
        "today": TODAY,
    }  # fmt: skip
    return Conditions(**(found | more))  # type: ignore[arg-type]  # fields by their names


def _owes(amount: int, currency: str = "EUR") -> Due:
    return Due(1, Money(amount, currency), "2026-03/florist")


# As the ECB has published them.
@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2028, (4, 16)),
     (2038, (4, 25)), (2285, (3, 22))],
)  # fmt: skip
def test_easter_is_when_it_is(year: int, day: tuple[int, int]) -> None:
    assert easter_sunday(year) == date(year, *day)


def test_euro_rests_on_the_closing_days_of_target_and_other_currencies_on_weekends() -> None:
    closed = {
        day
        for number in range(365)
        if not is_bank_day(day := date(2026, 1, 1) + timedelta(days=number), "EUR")
        and day.weekday() < 5
    }
    assert closed == {
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25),
    }  # fmt: skip
    assert is_bank_day(date(2026, 4, 3), "GBP")
    assert not is_bank_day(date(2026, 4, 4), "GBP")
    # Thursday, then the Tuesday after Easter.
    assert bank_day(TODAY, "EUR", 2) == date(2026, 4, 7)
    assert bank_day(TODAY, "USD", 2) == date(2026, 4, 3)
    assert bank_day(date(2026, 4, 4), "EUR") == date(2026, 4, 7)


def test_payments_are_for_bank_days_only_and_debits_never_for_today() -> None:
    (debit,) = orders([_owes(3920)], _conditions(_florist()))
    assert (debit.due_on, debit.sequence) == (date(2026, 4, 7), "RCUR")
    (paid,) = orders([_owes(-3920)], _conditions(_florist(), on=TODAY))
    assert (paid.due_on, paid.method) == (TODAY, Method.CREDIT_TRANSFER)
    for on, amount, next_one in (
        (date(2026, 4, 3), -3920, date(2026, 4, 7)),  # Good Friday
        (TODAY, 3920, date(2026, 4, 2)),  # nothing can be collected on the same day
    ):
        with pytest.raises(NoBankDay) as refused:
            orders([_owes(amount)], _conditions(_florist(), on=on))
        assert refused.value.next_one == next_one


def test_who_owes_euro_is_collected_from_or_has_said_that_it_pays_by_itself() -> None:
    later = Mandate("M-2", date(2026, 5, 1), "FRST")
    for entity, operator, why in (
        (_florist(None), OPERATOR, "it has given no mandate"),
        (None, OPERATOR, "it has given no mandate"),
        (_florist(later), OPERATOR, "its mandate M-2 is signed on 2026-05-01 only"),
        (_florist(), None, "the operator's legal entity has no creditor_id to collect with"),
    ):
        with pytest.raises(CannotCollect) as refused:
            orders([_owes(3920)], _conditions(entity, operator=operator))
        assert refused.value.why == [(_owes(3920), why)]
    (waited,) = orders([_owes(3920)], _conditions(_florist(None), by_transfer={1}))
    assert (waited.method, waited.reason) == (
        Method.INVOICE, "its contract says that it pays by transfer",
    )  # fmt: skip
    (pounds,) = orders([_owes(3920, "GBP")], _conditions(_florist(None)))
    assert (pounds.method, pounds.reason) == (Method.INVOICE, "direct debits are in EUR only")
    (large,) = orders([_owes(10**11)], _conditions(_florist()))
    assert large.method is Method.INVOICE


@pytest.mark.parametrize(
    ("sequence", "used", "found"),
    [
        ("FRST", None, "FRST"), ("FRST", "FRST", "RCUR"), ("FRST", "RCUR", "RCUR"),
        ("RCUR", None, "RCUR"), ("RCUR", "RCUR", "RCUR"), ("FNAL", "RCUR", "FNAL"),
        ("OOFF", None, "OOFF"), ("OOFF", "OOFF", None), ("FNAL", "FNAL", None),
        ("RCUR", "FNAL", None), ("RCUR", "OOFF", None),
    ],
)  # fmt: skip
def test_a_mandate_says_how_often_it_collects(
    sequence: str, used: str | None, found: str | None
) -> None:
    before = used and Use(used, date(2026, 3, 3), "2026-02/florist")
    mandate = Mandate("M-1", date(2025, 1, 1), sequence)
    if found is None:
        with pytest.raises(MandateUnusable, match=r"used for the last time \(.*\) by 2026-02/flo"):
            sequence_of(mandate, before or None, TODAY, TODAY)
    else:
        assert sequence_of(mandate, before or None, TODAY, TODAY) == found


def test_a_mandate_lapses_when_nothing_was_collected_for_three_years() -> None:
    used = Use("RCUR", date(2024, 2, 29), "2024-01/florist")
    assert sequence_of(MANDATE, used, TODAY, date(2027, 3, 1)) == "RCUR"
    with pytest.raises(MandateUnusable, match="nothing was collected on it since 2024-02-29"):
        sequence_of(MANDATE, used, TODAY, date(2027, 3, 2))


@pytest.mark.parametrize(
    ("name", "carried"),
    [
        ("Käse & Brot Größ GmbH", "Kase + Brot Gross GmbH"),
        ("Łódź Ελληνική", "Lodz Ellenike"),
        ("//Cash//Carry/ ", "Cash/Carry"),
        ("\N{PARTY POPPER}\N{PARTY POPPER}", "code"),
        ("\N{PARTY POPPER} Party", "Party"),
        ("<b>O'Neil</b>; [Sub] @", "b O'Neil /b , (Sub) (at)"),
        ("A" * 200, "A" * 70),
    ],
)
def test_names_are_said_in_letters_that_every_bank_has(name: str, carried: str) -> None:
    assert bank_text(name, 70, otherwise="code") == carried


@given(st.text(max_size=250))
def test_whatever_the_name_it_is_carried(name: str) -> None:
    found = bank_text(name, 70, otherwise="code")
    assert 0 < len(found) <= 70
    assert set(found) <= CARRIED
    assert "//" not in found
    assert found == found.strip("/ ")
