"""What a statement of a bank (camt.053) says of itself: its number, and what the account had before
its entries and after them. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from coalition.kit.amounts import Money
from coalition.payments.bank_xml import not_valid

# Source: ExternalBalanceType1Code. What a bank calls interim closes a page, and opens the next one.
_OPENING, _CLOSING, _INTERIM = ("OPBD", "PRCD"), ("CLBD",), ("ITBD",)


@dataclass(frozen=True, slots=True)
class Balance:
    """`code`: of which kind; None: the bank's own kind. Below zero the account is overdrawn."""

    code: str | None
    amount: Money
    day: date | None


@dataclass(frozen=True, slots=True)
class BankStatement:
    """`sequence`: its number among the account's statements, by which one that lacks is seen;
    `page`: of a statement that comes in several.
    """

    account: str
    currency: str | None
    identification: str | None
    page: int | None
    sequence: int | None
    day: date | None

    def refuse_what_does_not_add_up(
        self, balances: Sequence[Balance], moved: Sequence[Money]
    ) -> None:
        """In each currency of which it says both ends, what was booked lies between them.

        Raises `BankFileNotValid` with the figures.
        """
        for currency in dict.fromkeys(one.amount.currency for one in balances):
            ends = _ends([one for one in balances if one.amount.currency == currency])
            if ends is None:
                continue
            opening, closing = (one.amount for one in ends)
            booked = Money(sum(one.minor for one in moved if one.currency == currency), currency)
            reached = Money(opening.minor + booked.minor, currency)
            if reached != closing:
                raise not_valid(
                    f"{self} does not add up. It begins with {opening} and {booked} were booked,"
                    f" which is {reached}, and it ends with {closing}"
                )

    def __str__(self) -> str:
        name = "a statement" if self.identification is None else f"statement {self.identification}"
        return name if self.page is None else f"page {self.page} of {name}"


def refuse_what_is_there_twice(statements: Sequence[BankStatement]) -> None:
    """Entries of a statement that stands in a file twice would be posted twice.

    Raises `BankFileNotValid`.
    """
    seen = set()
    for one in statements:
        key = (one.account, one.currency, one.identification, one.page)
        if one.identification is not None and key in seen:
            raise not_valid(f"{one} is in it twice")
        seen.add(key)


def closing_day(balances: Sequence[Balance]) -> date | None:
    """Of which day the statement is, as its last balance says."""
    return next((one.day for one in _of_kinds(balances, _CLOSING)), None)


def _ends(balances: Sequence[Balance]) -> tuple[Balance, Balance] | None:
    """The first and the last one, where it says both; of a page, the interim ones."""
    interim = _of_kinds(balances, _INTERIM)
    opening = next(_of_kinds(balances, _OPENING), None) or next(interim, None)
    closing = next(_of_kinds(balances, _CLOSING), None) or next(interim, None)
    return None if opening is None or closing is None else (opening, closing)


def _of_kinds(balances: Sequence[Balance], codes: Sequence[str]) -> Iterator[Balance]:
    """Those of the first kind first."""
    return (one for code in codes for one in balances if one.code == code)
