"""What a bank says in a file: camt.053, camt.054 (bookings) or pain.002 (what became of orders).

What a statement says of itself is compared with its entries (bank_statement.py). Only booked
entries count; what is pending comes again. Source: ISO 20022 camt.053.001.02 to .13, the same
numbers of camt.054, pain.002.001.03 to .14.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from coalition.kit.amounts import Money
from coalition.payments.bank_elements import LONGEST_ID, Elements, bounded
from coalition.payments.bank_statement import (
    Balance,
    BankStatement,
    closing_day,
    refuse_what_is_there_twice,
)
from coalition.payments.bank_xml import LARGEST_FILE, not_valid, shown, tree_of
from coalition.payments.errors import BankFileTooLarge

__all__ = ["LARGEST_FILE", "MOST_ENTRIES", "BankDocument", "Entry", "Said", "read_document"]

MOST_ENTRIES = 50_000
_DOCUMENT = re.compile(
    r"\{urn:iso:std:iso:20022:tech:xsd:((camt\.05[34]|pain\.002)\.001\.[0-9]{2})\}Document"
)
# Rejected, and cancelled. Source: ExternalPaymentTransactionStatus1Code.
_REFUSED = {"RJCT", "CANC"}
# Source: ExternalEntryStatus1Code.
_BOOKED, _NOT_BOOKED = "BOOK", {"PDNG", "INFO", "FUTR"}
# Source: boolean of XML Schema.
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LONGEST_TEXT = 500  # Max140Text, and some banks join several
_QUOTED = re.compile(r"[A-Za-z0-9/.+-]{5,}")
_MOST_QUOTED = 50
_IDS = ("EndToEndId", "OrgnlEndToEndId", "Ref")


class Said(StrEnum):
    """What kind of thing an entry says."""

    BOOKED = "BOOKED"
    RETURNED = "RETURNED"  # booked, and it takes an earlier one back
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"


@dataclass(frozen=True, slots=True)
class Entry:
    """`references` are the ids and words that can name a payment. `is_credit`: to our account.
    `message_id`: the file of ours that it is about as a whole, or (`group_id`) the group of
    payments in it. `other_account`: who paid, or was paid.
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
    group_id: str | None = None
    other_account: str | None = None


@dataclass(frozen=True, slots=True)
class BankDocument:
    """`accounts`: whose bookings it holds; none for what is about orders. `statements`: of a
    camt.053.
    """

    schema: str
    message_id: str
    accounts: tuple[str, ...]
    entries: tuple[Entry, ...]
    statements: tuple[BankStatement, ...] = ()


def read_document(content: bytes) -> BankDocument:
    """Raises `BankFileTooLarge`, `BankFileNotValid`."""
    root = tree_of(content)
    named = _DOCUMENT.fullmatch(root.tag)
    if named is None:
        raise not_valid(
            f"{shown(root.tag)} is no Document of camt.053, camt.054 and pain.002 of ISO 20022"
        )
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


class _Reader(Elements):
    """Reads the documents of one namespace."""

    def bookings(self, root: ET.Element, schema: str) -> BankDocument:
        reports = [*self._all(root, "*/Stmt"), *self._all(root, "*/Ntfctn")]
        if not reports:
            raise not_valid("it holds no statement and no notification")
        accounts = []
        entries: list[Entry] = []
        statements: list[BankStatement] = []
        for one in reports:
            account = self._id(one, "Acct/Id/IBAN") or self._id(one, "Acct/Id/Othr/Id")
            if account is None:
                raise not_valid("a statement in it does not say of which account")
            accounts.append(account.replace(" ", "").upper())
            for booking in self._all(one, "Ntry"):
                entries += self._booking(booking)
            if one.tag == f"{self._space}Stmt":
                statements.append(self._statement(one, accounts[-1]))
        refuse_what_is_there_twice(statements)
        return BankDocument(
            schema, self._message(root), tuple(accounts), tuple(entries), tuple(statements)
        )

    def orders(self, root: ET.Element, schema: str) -> BankDocument:
        """What is said of single payments, then of groups of them, then of the whole file: what is
        refused as a whole is refused to the last payment.
        """
        report = next(iter(self._all(root, "CstmrPmtStsRpt")), None)
        if report is None:
            raise not_valid("it holds no report")
        original = next(iter(self._all(report, "OrgnlGrpInfAndSts")), None)
        about = None if original is None else self._id(original, "OrgnlMsgId")
        whole = None if original is None else self._text(original, "GrpSts")
        singles: list[Entry] = []
        groups: list[Entry] = []
        for group in self._all(report, "OrgnlPmtInfAndSts"):
            state = self._text(group, "PmtInfSts")
            details = self._all(group, "TxInfAndSts")
            singles += [self._order(one, otherwise=state or whole) for one in details]
            if state is not None and (state in _REFUSED or not details):
                groups.append(
                    replace(
                        self._of_many(group, state, about),
                        group_id=self._id(group, "OrgnlPmtInfId"),
                    )
                )
        entries = [*singles, *groups]
        if original is not None and whole is not None and (whole in _REFUSED or not entries):
            entries.append(self._of_many(original, whole, about))
        return BankDocument(schema, self._message(root), (), tuple(entries))

    def _statement(self, report: ET.Element, account: str) -> BankStatement:
        """What it says of itself. Refused where that is not what its booked entries come to."""
        balances = [self._balance(one) for one in self._all(report, "Bal")]
        moved = [
            self._signed(one, self._all(one, "Amt"))
            for one in self._all(report, "Ntry")
            if self._is_booked(one)
        ]
        currency = self._text(report, "Acct/Ccy") or next(
            (one.currency for one in (*(bal.amount for bal in balances), *moved)), None
        )
        found = BankStatement(
            account,
            currency,
            self._id(report, "Id"),
            self._number(report, "StmtPgntn/PgNb"),
            self._number(report, "ElctrncSeqNb") or self._number(report, "LglSeqNb"),
            closing_day(balances) or self._day(report, "CreDtTm"),
        )
        found.refuse_what_does_not_add_up(balances, moved)
        return found

    def _balance(self, balance: ET.Element) -> Balance:
        code = self._text(balance, "Tp/CdOrPrtry/Cd") or self._text(balance, "Tp/Cd")
        amount = self._signed(balance, self._all(balance, "Amt"))
        return Balance(code, amount, self._day(balance, "Dt/Dt", "Dt/DtTm"))

    def _of_many(self, inside: ET.Element, state: str, about: str | None) -> Entry:
        said = Said.REJECTED if state in _REFUSED else Said.ACCEPTED
        return Entry(said, (), reason=self._reason(inside, "StsRsnInf"), message_id=about)

    def _order(self, one: ET.Element, *, otherwise: str | None) -> Entry:
        named = self._id(one, "OrgnlEndToEndId")
        state = self._text(one, "TxSts") or otherwise
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
        if not self._is_booked(booking):
            return
        amount = next(iter(self._all(booking, "Amt")), None)
        if amount is None:
            raise not_valid("an entry in it has no amount")
        parts = self._all(booking, "NtryDtls/TxDtls")
        several = self._number_of(booking)
        if parts and several is not None and several != len(parts):
            raise not_valid(
                f"an entry in it says that it holds {several} payments, and tells of {len(parts)}"
            )
        whole = self._whole(booking, self._money(amount))
        if not parts:
            batch = "NtryDtls/Btch"
            yield replace(
                whole,
                message_id=self._id(booking, f"{batch}/MsgId"),
                group_id=self._id(booking, f"{batch}/PmtInfId"),
            )
        elif len(parts) == 1:
            # What was booked is the entry's own amount, with what the bank took for its trouble.
            part = self._part(whole, parts[0])
            yield replace(
                part,
                amount=whole.amount,
                bank_reference=whole.bank_reference or part.bank_reference,
            )
        else:
            yield from self._parts(whole, parts)

    def _whole(self, booking: ET.Element, amount: Money) -> Entry:
        """The entry by what stands outside of its details."""
        reversal = self._text(booking, "RvslInd") or "false"
        if reversal not in _BOOLEANS:
            raise not_valid(f"{shown(reversal)} does not say whether an entry takes one back")
        return Entry(
            Said.RETURNED if _BOOLEANS[reversal] else Said.BOOKED,
            (),
            bank_reference=self._id(booking, "AcctSvcrRef"),
            is_credit=self._sense(booking, otherwise=None),
            amount=amount,
            booked_on=self._day(booking, "BookgDt/Dt", "BookgDt/DtTm"),
        )

    def _parts(self, whole: Entry, parts: list[ET.Element]) -> Iterator[Entry]:
        total = 0
        for part in parts:
            amounts = [*self._all(part, "Amt"), *self._all(part, "AmtDtls/TxAmt/Amt")]
            if not amounts:
                raise not_valid("a part of an entry has no amount")
            one = replace(self._part(whole, part), amount=self._money(amounts[0]))
            if one.amount is None or whole.amount is None:
                raise AssertionError("both were read")
            if one.amount.currency != whole.amount.currency:
                raise not_valid(
                    f"a part of an entry is in {one.amount.currency}, and the entry in"
                    f" {whole.amount.currency}"
                )
            total += one.amount.minor if one.is_credit == whole.is_credit else -one.amount.minor
            yield one
        if whole.amount is not None and total != whole.amount.minor:
            raise not_valid(
                "the parts of an entry do not sum to it:"
                f" {Money(total, whole.amount.currency)}, and it is {whole.amount}"
            )

    def _part(self, whole: Entry, part: ET.Element) -> Entry:
        is_credit = self._sense(part, otherwise=whole.is_credit)
        is_returned = whole.said is Said.RETURNED or bool(self._all(part, ".//RtrInf"))
        return replace(
            whole,
            said=Said.RETURNED if is_returned else Said.BOOKED,
            references=self._references(part),
            end_to_end_id=self._id(part, ".//EndToEndId"),
            bank_reference=self._id(part, "Refs/AcctSvcrRef") or whole.bank_reference,
            is_credit=is_credit,
            reason=self._reason(part, ".//RtrInf"),
            other_account=self._other_account(part, is_credit=bool(is_credit)),
        )

    def _is_booked(self, booking: ET.Element) -> bool:
        state = self._text(booking, "Sts/Cd") or self._text(booking, "Sts")
        if state not in {_BOOKED, *_NOT_BOOKED}:
            raise not_valid(f"an entry in it has the status {shown(state or '')}, which is none")
        return state == _BOOKED

    def _number_of(self, booking: ET.Element) -> int | None:
        """How many payments the bank says that a booking holds."""
        found = [self._text(one, "NbOfTxs") for one in self._all(booking, "NtryDtls/Btch")]
        numbers = [text for text in found if text is not None]
        for text in numbers:
            if not text.isascii() or not text.isdigit() or len(text) > len(str(MOST_ENTRIES)):
                raise not_valid(f"{shown(text)} is no number of payments")
        return sum(int(text) for text in numbers) if numbers else None

    def _references(self, inside: ET.Element) -> tuple[str, ...]:
        """Ids as they are, and the words of free text that could be one."""
        found: dict[str, None] = {}
        for name in _IDS:
            for one in self._all(inside, f".//{name}"):
                text = (one.text or "").strip()
                bounded(text, name, LONGEST_ID)
                if text:
                    found[text] = None
        for one in self._all(inside, ".//Ustrd"):
            text = one.text or ""
            bounded(text, "Ustrd", _LONGEST_TEXT)
            words = (word.strip("/.+-") for word in _QUOTED.findall(text))
            # A statement's number always has a slash.
            found.update(dict.fromkeys(word for word in words if "/" in word))
        if len(found) > _MOST_QUOTED:
            # One that is left out could be the second payment that it names.
            raise not_valid(f"an entry in it quotes more than {_MOST_QUOTED} references")
        return tuple(found)

    def _message(self, root: ET.Element) -> str:
        text = self._id(root, "*/GrpHdr/MsgId")
        if text is None:
            raise not_valid("it has no message id")
        return text

    def _other_account(self, inside: ET.Element, *, is_credit: bool) -> str | None:
        who = "DbtrAcct" if is_credit else "CdtrAcct"
        found = self._text(inside, f".//RltdPties/{who}/Id/IBAN")
        return found and found.replace(" ", "").upper()
