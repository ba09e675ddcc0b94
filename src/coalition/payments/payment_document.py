"""A payment file for the bank: pain.001 (credit transfers) or pain.008 (direct debits).

Written by sepaxml, which knows cents only and makes up its identifiers. So the amounts are set
again in the currency's own decimals, and the identifiers to ours: the same payments always are the
same document, and no bank carries it out twice. Source: ISO 20022 pain.001.001.09 and
pain.008.001.08, EPC132-08 and EPC130-08 for SEPA.
"""

import threading
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources

from defusedxml.ElementTree import fromstring
from sepaxml import SepaDD, SepaTransfer
from xmlschema import XMLSchema, XMLSchemaValidationError

from coalition.kit.amounts import Money, exponent_of
from coalition.partners.terms import LegalEntity
from coalition.payments.bank_text import bank_text
from coalition.payments.errors import PaymentFileNotValid
from coalition.payments.orders import Method, Order

SCHEMAS = {Method.CREDIT_TRANSFER: "pain.001.001.09", Method.DIRECT_DEBIT: "pain.008.001.08"}
_LONGEST_NAME, _LONGEST_TOWN, _LONGEST_POSTCODE = 70, 35, 16
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
# sepaxml registers prefixes in a table that all threads share.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Document:
    """A file to be. `entities` by partner; every order is of one method and currency, and all of
    them are SEPA's or none.
    """

    message_id: str
    created_at: datetime
    operator: LegalEntity
    orders: Sequence[Order]
    entities: Mapping[int, LegalEntity]

    @property
    def method(self) -> Method:
        return self.orders[0].method

    @property
    def is_sepa(self) -> bool:
        return self.orders[0].is_sepa

    @property
    def schema(self) -> str:
        return SCHEMAS[self.method]

    @property
    def control_sum(self) -> Money:
        currency = self.orders[0].amount.currency
        return Money(sum(one.amount.minor for one in self.orders), currency)


def written(document: Document) -> bytes:
    """The file's bytes, valid against its schema. Raises `PaymentFileNotValid`."""
    with _one_at_a_time:
        try:
            raw = _built(document).export(validate=False)
            content = _finished(document, fromstring(raw, forbid_dtd=True))
            schema_named(document.schema).validate(content.decode())
        except XMLSchemaValidationError:
            raise PaymentFileNotValid(
                f"The payment file {document.message_id} would not be valid against"
                f" {document.schema}: look at the names and addresses of its legal entities.",
                field=("label",),
            ) from None  # it quotes the element, with names and accounts
    return content


@lru_cache(maxsize=4)
def schema_named(name: str) -> XMLSchema:
    """A schema of ISO 20022 as it comes with sepaxml; a second of work, done once."""
    return XMLSchema(str(resources.files("sepaxml") / "schemas" / f"{name}.xsd"))


def payments_in(content: bytes, group_id: str | None = None) -> list[tuple[str, Money]]:
    """The ids and amounts in a file of ours, or in that group of it; none when it has none so."""
    root = fromstring(content, forbid_dtd=True)
    space = f"{root.tag.partition('}')[0]}}}"
    return [
        (_text(one, f"{space}EndToEndId"), _amount(next(one.iter(f"{space}InstdAmt"))))
        for group in root.iter(f"{space}PmtInf")
        if group_id in {None, _text(group, f"{space}PmtInfId")}
        for tag in ("CdtTrfTxInf", "DrctDbtTxInf")
        for one in group.iter(f"{space}{tag}")
    ]


def _amount(instructed: ET.Element) -> Money:
    return Money.of(Decimal(instructed.text or ""), instructed.attrib["Ccy"])


def _built(document: Document) -> SepaTransfer | SepaDD:
    operator = document.operator
    currency = document.control_sum.currency
    config: dict[str, object] = {
        "name": _name(operator),
        "IBAN": operator.iban,
        "batch": True,
        "currency": currency,
    }
    if operator.bic:
        config["BIC"] = operator.bic
    if document.method is Method.DIRECT_DEBIT:
        file = SepaDD(
            config | {"creditor_id": operator.creditor_id, "instrument": "CORE"},
            schema=document.schema,
        )
    else:
        file = SepaTransfer(config | {"domestic": not document.is_sepa}, schema=document.schema)
    for order in document.orders:
        file.add_payment(_payment(order, document.entities[order.partner_id]))
    return file


def _payment(order: Order, entity: LegalEntity) -> dict[str, object]:
    found: dict[str, object] = {
        "name": _name(entity),
        "IBAN": entity.iban,
        "amount": order.amount.minor,
        "description": order.number,
        "endtoend_id": order.end_to_end_id,
    }
    if entity.bic:
        found["BIC"] = entity.bic
    if entity.city:
        # Structured: banks refuse free lines from November 2026 on (EPC153-22).
        parts = {
            "street_name": (entity.street, _LONGEST_NAME),
            "postcode": (entity.postcode, _LONGEST_POSTCODE),
            "town": (entity.city, _LONGEST_TOWN),
        }
        found["address"] = {
            name: bank_text(text, longest, otherwise="")
            for name, (text, longest) in parts.items()
            if text
        } | {"country": entity.country}
    if order.method is Method.DIRECT_DEBIT and entity.mandate:
        return found | {
            "type": order.sequence,
            "collection_date": order.due_on,
            "mandate_id": entity.mandate.id,
            "mandate_date": entity.mandate.signed_on,
        }
    return found | {"execution_date": order.due_on}


def _name(entity: LegalEntity) -> str:
    return bank_text(entity.name, _LONGEST_NAME, otherwise=entity.code)


def _finished(document: Document, root: ET.Element) -> bytes:
    """With our identifiers and each currency's own decimals."""
    space = f"{{{_NAMESPACE}{document.schema}}}"
    amounts = {one.end_to_end_id: one.amount for one in document.orders}
    total = 0
    for place, group in enumerate(root.iter(f"{space}PmtInf"), start=1):
        _set(group, f"{space}PmtInfId", f"{document.message_id}-{place}")
        # Each is booked by itself, so that each is found on the statement of the account.
        _set(group, f"{space}BtchBookg", "false")
        if not document.is_sepa:
            # "Following the service level" needs one.
            _set(group, f"{space}ChrgBr", "SHAR")
        own = 0
        tag = "DrctDbtTxInf" if document.method is Method.DIRECT_DEBIT else "CdtTrfTxInf"
        for one in group.iter(f"{space}{tag}"):
            amount = amounts[_text(one, f"{space}EndToEndId")]
            _set(one, f"{space}InstdAmt", _plain(amount))
            own += amount.minor
        _set(group, f"{space}CtrlSum", _plain(Money(own, document.control_sum.currency)))
        total += own
    header = next(root.iter(f"{space}GrpHdr"))
    _set(header, f"{space}MsgId", document.message_id)
    _set(header, f"{space}CreDtTm", f"{document.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}")
    _set(header, f"{space}CtrlSum", _plain(Money(total, document.control_sum.currency)))
    if total != document.control_sum.minor:
        raise RuntimeError("A payment file with another sum than its payments.")
    # The prefix of the schema was registered as none when the file was built, under the same lock.
    found: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return found


def _plain(money: Money) -> str:
    return f"{Decimal(money.minor).scaleb(-exponent_of(money.currency)):f}"


def _text(inside: ET.Element, tag: str) -> str:
    return next(inside.iter(tag)).text or ""


def _set(inside: ET.Element, tag: str, text: str) -> None:
    next(inside.iter(tag)).text = text
