"""What a bank says in a file: camt.053, camt.054 (bookings) or pain.002 (what became of orders).

Read with a parser that takes no document type, no entity and nothing from elsewhere. Only booked
entries count; what is pending comes again. Source: ISO 20022 camt.053.001.02 to .13, the same
numbers of camt.054, pain.002.001.03 to .14.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from coalition.kit.amounts import Money, NotMoney
from coalition.payments.errors import BankFileNotValid, BankFileTooLarge

LARGEST_FILE = 16 * 1024 * 1024
MOST_ENTRIES = 50_000
# A message of ISO 20022 is some fifteen deep. What is not one could take any memory and stack.
_DEEPEST = 50
_MOST_ELEMENTS = 500_000
# In minor units: what all entries of a file sum to is still a number of 64 bits.
_LARGEST_AMOUNT = 10**14
_DOCUMENT = re.compile(
    r"\{urn:iso:std:iso:20022:tech:xsd:((camt\.05[34]|pain\.002)\.001\.\d\d)\}Document"
)
_REFUSED = {"RJCT"}
_AMOUNT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,5})?", re.ASCII)
_LONGEST_ID = 35  # Max35Text of ISO 20022
_QUOTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9/.+-]{3,}[A-Za-z0-9]")
_MOST_QUOTED = 20
_REFERENCES = ("EndToEndId", "OrgnlEndToEndId", "Ref", "Ustrd")


class Said(StrEnum):
    """What kind of thing an entry says."""

    BOOKED = "BOOKED"
    RETURNED = "RETURNED"  # booked, and it takes an earlier one back
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"


@dataclass(frozen=True, slots=True)
class Entry:
    """`references` are the ids and words that can name a payment. `is_credit`: to our account.
    `message_id`: the file that it is about as a whole. `other_account`: who paid, or was paid.
    """

    said: Said
    references: tuple[str, ...]
    end_to_end_id: str | None = None
    bank_reference: str | None = None
    is_credit: bool | None = None
    amount: Money | None = None
    reason: str | None = None
    booked_on: date | None = None
    message_id: str | None = None
    other_account: str | None = None


@dataclass(frozen=True, slots=True)
class BankDocument:
    """`accounts`: whose bookings it holds; none for what is about orders."""

    schema: str
    message_id: str
    accounts: tuple[str, ...]
    entries: tuple[Entry, ...]


def read_document(content: bytes) -> BankDocument:
    """Raises `BankFileTooLarge`, `BankFileNotValid`."""
    if len(content) > LARGEST_FILE:
        raise BankFileTooLarge(
            f"A bank's file may have {LARGEST_FILE} bytes, and this one has {len(content)}.",
            field=("content",),
        )
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(content)
        root: ET.Element = parser.close()
    except DefusedXmlException:
        raise _not_valid("it declares a document type or entities, as no bank does") from None
    except (ET.ParseError, ValueError, LookupError) as error:
        raise _not_valid(f"it is not whole XML: {error}") from None
    named = _DOCUMENT.fullmatch(root.tag)
    if named is None:
        raise _not_valid("its Document is none of camt.053, camt.054 and pain.002 of ISO 20022")
    reader = _Reader(f"{{{root.tag[1:].partition('}')[0]}}}")
    read = reader.orders if named[2] == "pain.002" else reader.bookings
    found = read(root, named[1])
    if len(found.entries) > MOST_ENTRIES:
        raise BankFileTooLarge(
            f"A bank's file may have {MOST_ENTRIES} entries, and this one has"
            f" {len(found.entries)}.",
            field=("content",),
        )
    return found


def _not_valid(why: str) -> BankFileNotValid:
    return BankFileNotValid(f"This bank file cannot be read: {why}.", field=("content",))


class _Bounded(ET.TreeBuilder):
    """Builds a tree that is neither too deep nor too large."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: Any, attrs: Any, /) -> ET.Element:  # noqa: ANN401 - as the base has it
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST:
            raise _not_valid(f"its elements are more than {_DEEPEST} deep in one another")
        if self._elements > _MOST_ELEMENTS:
            raise _not_valid(f"it has more than {_MOST_ELEMENTS} elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


class _Reader:
    """Reads elements of one namespace."""

    def __init__(self, space: str) -> None:
        self._space = space

    def bookings(self, root: ET.Element, schema: str) -> BankDocument:
        reports = [*self._all(root, "*/Stmt"), *self._all(root, "*/Ntfctn")]
        if not reports:
            raise _not_valid("it holds no statement and no notification")
        accounts = []
        entries: list[Entry] = []
        for one in reports:
            account = self._text(one, "Acct/Id/IBAN") or self._text(one, "Acct/Id/Othr/Id")
            if account is None:
                raise _not_valid("a statement in it does not say of which account")
            accounts.append(account.replace(" ", "").upper())
            for booking in self._all(one, "Ntry"):
                entries += self._booking(booking)
        return BankDocument(schema, self._message(root), tuple(accounts), tuple(entries))

    def orders(self, root: ET.Element, schema: str) -> BankDocument:
        report = next(iter(self._all(root, "CstmrPmtStsRpt")), None)
        if report is None:
            raise _not_valid("it holds no report")
        about = self._id(report, "OrgnlGrpInfAndSts/OrgnlMsgId")
        whole = self._text(report, "OrgnlGrpInfAndSts/GrpSts")
        details = list(self._all(report, "OrgnlPmtInfAndSts/TxInfAndSts"))
        entries = [self._order(one) for one in details]
        refused = whole in _REFUSED or any(
            self._text(one, "PmtInfSts") in _REFUSED
            for one in self._all(report, "OrgnlPmtInfAndSts")
        )
        if not details and about and (whole or refused):
            reason = self._reason(report, ".//StsRsnInf")
            said = Said.REJECTED if refused else Said.ACCEPTED
            entries = [Entry(said, (), reason=reason, message_id=about)]
        return BankDocument(schema, self._message(root), (), tuple(entries))

    def _order(self, one: ET.Element) -> Entry:
        named = self._id(one, "OrgnlEndToEndId")
        state = self._text(one, "TxSts")
        amount = next(iter(self._all(one, "OrgnlTxRef/Amt/InstdAmt")), None)
        return Entry(
            Said.REJECTED if state in _REFUSED else Said.ACCEPTED,
            (named,) if named else (),
            end_to_end_id=named,
            amount=None if amount is None else self._money(amount),
            reason=self._reason(one, "StsRsnInf"),
        )

    def _booking(self, booking: ET.Element) -> Iterator[Entry]:
        """One entry per payment in it; a booking of several without details is one."""
        if (self._text(booking, "Sts/Cd") or self._text(booking, "Sts")) != "BOOK":
            return
        amount = next(iter(self._all(booking, "Amt")), None)
        if amount is None:
            raise _not_valid("an entry in it has no amount")
        is_credit = self._sense(booking, otherwise=None)
        whole = Entry(
            self._kind(booking, reversal=self._text(booking, "RvslInd") == "true"),
            self._references(booking),
            end_to_end_id=self._id(booking, ".//EndToEndId"),
            bank_reference=self._id(booking, "AcctSvcrRef")
            or self._id(booking, ".//Refs/AcctSvcrRef"),
            is_credit=is_credit,
            amount=self._money(amount),
            reason=self._reason(booking, ".//RtrInf"),
            booked_on=self._day(booking),
            other_account=self._other_account(booking, is_credit=is_credit),
        )
        parts = list(self._all(booking, "NtryDtls/TxDtls"))
        if len(parts) < 2:  # noqa: PLR2004 - the entry's own amount is what was booked
            yield whole
            return
        total = 0
        for part in parts:
            one = self._part(whole, part)
            total += one.amount.minor if one.amount else 0
            yield one
        if whole.amount is not None and total != whole.amount.minor:
            raise _not_valid("the parts of an entry do not sum to it")

    def _part(self, whole: Entry, part: ET.Element) -> Entry:
        amount = next(iter([*self._all(part, "Amt"), *self._all(part, "AmtDtls/TxAmt/Amt")]), None)
        if amount is None:
            raise _not_valid("a part of an entry has no amount")
        is_credit = self._sense(part, otherwise=whole.is_credit)
        return replace(
            whole,
            said=self._kind(part, reversal=whole.said is Said.RETURNED),
            references=self._references(part),
            end_to_end_id=self._id(part, ".//EndToEndId"),
            bank_reference=self._id(part, "Refs/AcctSvcrRef") or whole.bank_reference,
            is_credit=is_credit,
            amount=self._money(amount),
            reason=self._reason(part, ".//RtrInf"),
            other_account=self._other_account(part, is_credit=is_credit),
        )

    def _kind(self, inside: ET.Element, *, reversal: bool) -> Said:
        returned = next(iter(self._all(inside, ".//RtrInf")), None)
        return Said.RETURNED if reversal or returned is not None else Said.BOOKED

    def _sense(self, inside: ET.Element, *, otherwise: bool | None) -> bool:
        text = self._text(inside, "CdtDbtInd")
        if text is None and otherwise is not None:
            return otherwise
        if text not in {"CRDT", "DBIT"}:
            raise _not_valid("an entry in it is neither a credit nor a debit")
        return text == "CRDT"

    def _references(self, inside: ET.Element) -> tuple[str, ...]:
        """Ids as they are, and the words of free text that could be one."""
        found: dict[str, None] = {}
        for name in _REFERENCES:
            for one in self._all(inside, f".//{name}"):
                text = (one.text or "").strip()
                if name == "Ustrd":
                    found.update(dict.fromkeys(_QUOTED.findall(text)))
                else:
                    found[text] = None
        return tuple(list(found)[:_MOST_QUOTED])

    def _day(self, booking: ET.Element) -> date | None:
        text = self._text(booking, "BookgDt/Dt") or self._text(booking, "BookgDt/DtTm")
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError:
            raise _not_valid("an entry in it was booked on no day") from None

    def _money(self, amount: ET.Element) -> Money:
        text, currency = (amount.text or "").strip(), amount.get("Ccy", "")
        try:
            if _AMOUNT.fullmatch(text):
                found = Money.of(Decimal(text), currency)
                if found.minor <= _LARGEST_AMOUNT:
                    return found
        except NotMoney:
            pass
        raise _not_valid(f"{text[:30]!r} {currency[:5]!r} is not an amount")

    def _message(self, root: ET.Element) -> str:
        text = self._id(root, "*/GrpHdr/MsgId")
        if text is None:
            raise _not_valid("it has no message id")
        return text

    def _id(self, inside: ET.Element, path: str) -> str | None:
        text = self._text(inside, path)
        if text is not None and len(text) > _LONGEST_ID:
            name = path.rpartition("/")[2]
            raise _not_valid(f"a {name} in it is longer than {_LONGEST_ID} characters")
        return text

    def _reason(self, inside: ET.Element, path: str) -> str | None:
        """A code of ISO 20022, else the bank's own."""
        found = self._text(inside, f"{path}/Rsn/Cd") or self._text(inside, f"{path}/Rsn/Prtry")
        return found and found[:_LONGEST_ID]

    def _other_account(self, inside: ET.Element, *, is_credit: bool) -> str | None:
        who = "DbtrAcct" if is_credit else "CdtrAcct"
        found = self._text(inside, f".//RltdPties/{who}/Id/IBAN")
        return found and found.replace(" ", "").upper()

    def _all(self, inside: ET.Element, path: str) -> list[ET.Element]:
        steps = [
            step if step in {"", "*", "."} else f"{self._space}{step}" for step in path.split("/")
        ]
        return inside.findall("/".join(steps))

    def _text(self, inside: ET.Element, path: str) -> str | None:
        found = next(iter(self._all(inside, path)), None)
        text = (found.text or "").strip() if found is not None else ""
        return text or None
