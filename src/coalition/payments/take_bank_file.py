"""Take a file of the bank: what it says of our payments is matched, posted, and named."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import anyio.to_thread

from coalition.access import Actor, ActorKind, Scope, require
from coalition.kit.errors import NotAllowed
from coalition.partners import Office, Terms
from coalition.payments.bank_document import BankDocument, Entry, read_document
from coalition.payments.errors import BankFileOfAnotherAccount, OperatorAccountMissing
from coalition.payments.orders import masked


@dataclass(frozen=True, slots=True)
class TakenEntry:
    """What became of one entry: `booked` and `surplus` in minor units of its currency."""

    place: int
    outcome: str
    payment_id: int | None
    booked: int
    surplus: int


@dataclass(frozen=True, slots=True)
class Taken:
    """`replayed`: these bytes had been taken before."""

    message_id: str
    schema: str
    entries: tuple[TakenEntry, ...]
    replayed: bool


async def take_bank_file(
    office: Office, *, actor: Actor, content: bytes, now: datetime, dry_run: bool = False
) -> Taken:
    """What became of each entry, in the file's order.

    Raises `NotAllowed`, `BankFileTooLarge`, `BankFileNotValid`, `BankFileOfAnotherAccount`,
    `OperatorAccountMissing`.
    """
    del now  # the bank says when it booked, the database's clock when that was written down
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.kind is not ActorKind.OPERATOR:
        raise NotAllowed("This is done with a token of the operator.")
    document = await anyio.to_thread.run_sync(read_document, content)
    terms = await office.terms()
    _is_ours(terms, document)
    rows = await office.database.call(
        "take_bank_file", hashlib.sha256(content).digest(), document.schema, document.message_id,
        content, as_json(document, terms), dry_run, *actor.signature,
    )  # fmt: skip
    return Taken(
        document.message_id,
        document.schema,
        tuple(
            TakenEntry(
                row["place"], row["outcome"], row["payment_id"], row["booked"], row["surplus"]
            )
            for row in rows
        ),
        replayed=bool(rows) and rows[0]["replayed"],
    )


def _is_ours(terms: Terms, document: BankDocument) -> None:
    operator = terms.operator_entity
    if operator is None or operator.iban is None:
        raise OperatorAccountMissing(
            "Give operator.legal_entity in the partners' file a legal entity with an iban: what the"
            " bank says is about its account.",
            field=("content",),
        )
    for account in document.accounts:
        if account != operator.iban:
            raise BankFileOfAnotherAccount(
                f"The file is about the account {masked(account)}, and the operator's is"
                f" {masked(operator.iban)}.",
                field=("content",),
            )


def as_json(document: BankDocument, terms: Terms) -> str:
    """The entries, as verbs.take_bank_file takes them."""
    owners: dict[str, list[int]] = {}
    for one in terms.partners:
        if one.entity is not None and one.entity.iban is not None:
            owners.setdefault(one.entity.iban, []).append(one.id)
    return json.dumps([_entry(one, owners) for one in document.entries])


def _entry(one: Entry, owners: Mapping[str, Sequence[int]]) -> dict[str, object]:
    """`account_of`: the partners whose account is at the other end; null: nobody's that is known
    here, since whoever pays may have others pay for it.
    """
    return {
        "kind": one.said.value,
        "references": list(one.references),
        "end_to_end_id": one.end_to_end_id,
        "bank_reference": one.bank_reference,
        "is_credit": one.is_credit,
        "amount": None if one.amount is None else one.amount.minor,
        "currency": None if one.amount is None else one.amount.currency,
        "reason": one.reason,
        "booked_on": None if one.booked_on is None else one.booked_on.isoformat(),
        "message_id": one.message_id,
        "account_of": owners.get(one.other_account or ""),
    }
