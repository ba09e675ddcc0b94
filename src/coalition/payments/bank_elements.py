"""Elements of ISO 20022 read one at a time: ids, days, amounts and senses, or refused by name."""

import re
import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal

from coalition.kit.amounts import Money, NotMoney
from coalition.payments.bank_xml import not_valid, shown

# In minor units: what all entries of a file sum to is still a number of 64 bits.
_LARGEST_AMOUNT = 10**14
_SENSES = {"CRDT": True, "DBIT": False}
# Source: date and dateTime of XML Schema.
_DAY = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,5})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST_ID = 35  # Max35Text of ISO 20022
_LONGEST_NUMBER = 18  # Number of ISO 20022, without decimals


class Elements:
    """Reads elements of one namespace. What cannot be read raises `BankFileNotValid`."""

    def __init__(self, space: str) -> None:
        self._space = space

    def _sense(self, inside: ET.Element, *, otherwise: bool | None) -> bool:
        text = self._text(inside, "CdtDbtInd")
        if text is None and otherwise is not None:
            return otherwise
        if text not in _SENSES:
            raise not_valid(f"{shown(text or '')} is neither a credit nor a debit")
        return _SENSES[text]

    def _day(self, inside: ET.Element, *paths: str) -> date | None:
        """By the first of the paths that is there."""
        text = next(filter(None, (self._text(inside, path) for path in paths)), None)
        if text is None:
            return None
        read = _DAY.fullmatch(text)
        try:
            if read is not None:
                return date.fromisoformat(read[1])
        except ValueError:
            pass
        raise not_valid(f"{shown(text)} is no day on which an entry was booked")

    def _number(self, inside: ET.Element, path: str) -> int | None:
        text = self._text(inside, path)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
            raise not_valid(f"{shown(text)} is no number of a statement")
        return int(text)

    def _money(self, amount: ET.Element) -> Money:
        text, currency = (amount.text or "").strip(), amount.get("Ccy", "")
        try:
            if _AMOUNT.fullmatch(text) and _CURRENCY.fullmatch(currency):
                found = Money.of(Decimal(text), currency)
                if found.minor <= _LARGEST_AMOUNT:
                    return found
        except NotMoney:
            pass
        raise not_valid(f"{shown(text)} {shown(currency)} is not an amount")

    def _signed(self, inside: ET.Element, amounts: list[ET.Element]) -> Money:
        """Below zero: away from the account."""
        if not amounts:
            raise not_valid("a balance in it has no amount")
        amount = self._money(amounts[0])
        return (
            amount if self._sense(inside, otherwise=None) else Money(-amount.minor, amount.currency)
        )

    def _id(self, inside: ET.Element, path: str) -> str | None:
        text = self._text(inside, path)
        if text is None:
            return None
        name = path.rpartition("/")[2]
        bounded(text, name, LONGEST_ID)
        if not text.isprintable():
            raise not_valid(f"a {name} in it cannot be printed: {shown(text)}")
        return text

    def _reason(self, inside: ET.Element, path: str) -> str | None:
        """A code of ISO 20022, else the bank's own."""
        return self._id(inside, f"{path}/Rsn/Cd") or self._id(inside, f"{path}/Rsn/Prtry")

    def _all(self, inside: ET.Element, path: str) -> list[ET.Element]:
        steps = [
            step if step in {"", "*", "."} else f"{self._space}{step}" for step in path.split("/")
        ]
        return inside.findall("/".join(steps))

    def _text(self, inside: ET.Element, path: str) -> str | None:
        found = next(iter(self._all(inside, path)), None)
        text = (found.text or "").strip() if found is not None else ""
        return text or None


def bounded(text: str, name: str, longest: int) -> None:
    if len(text) > longest:
        raise not_valid(f"a {name} in it is longer than {longest} characters: {shown(text)}")
