"""Take a file of the bank: what it says of our payments is matched, posted, and named."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import anyio.to_thread

from coalition.access import Actor, ActorKind, Scope, require
from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.partners import Office, Terms
from coalition.payments.bank_document import MOST_ENTRIES, BankDocument, Entry, read_document
from coalition.payments.bank_entries import BankEntry, KeptStatement, with_answers
from coalition.payments.errors import (
    BankFileOfAnotherAccount,
    BankFileTooLarge,
    OperatorAccountMissing,
)
from coalition.payments.orders import masked
from coalition.payments.payment_document import payments_in
from coalition.payments.queries import contents_of


@dataclass(frozen=True, slots=True)
class Taken:
    """`replayed`: these bytes had been taken before."""

    message_id: str
    schema: str
    entries: tuple[BankEntry, ...]
    statements: tuple[KeptStatement, ...]
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
    read = await anyio.to_thread.run_sync(read_document, content)
    terms = await office.terms()
    account = _our_account(terms, read)
    document = await _taken_apart(office, read)
    of_file, *rows = await office.database.call(
        "take_bank_file", hashlib.sha256(content).digest(), document.schema, document.message_id,
        account, content, as_json(document, terms), statements_as_json(document), dry_run,
        *actor.signature,
    )  # fmt: skip
    replayed = of_file["replayed"]
    entries = tuple(BankEntry.told(json.loads(row["entry"]), row["named"]) for row in rows)
    if replayed:
        async with office.database.reading(EVERYTHING) as connection:
            entries = await with_answers(connection, entries)
    statements = tuple(map(KeptStatement.told, json.loads(of_file["statements"])))
    return Taken(document.message_id, document.schema, entries, statements, replayed)


async def _taken_apart(office: Office, read: BankDocument) -> BankDocument:
    """With an entry for each payment of ours of which the bank has told as one: a file, a group of
    it, or a booking of either, whose amount must be theirs. Raises `BankFileTooLarge`.
    """
    asked = {_message_of(one) for one in read.entries} - {None}
    if not asked:
        return read
    async with office.database.reading(EVERYTHING) as connection:
        contents = await contents_of(connection, asked)
    entries: list[Entry] = []
    for one in read.entries:
        content = contents.get(_message_of(one))
        entries += [one] if content is None else _apart(one, payments_in(content, one.group_id))
        if len(entries) > MOST_ENTRIES:
            raise BankFileTooLarge(
                f"This file tells of more than {MOST_ENTRIES} payments.", field=("content",)
            )
    return replace(read, entries=tuple(entries))


def _message_of(one: Entry) -> str | None:
    """Which file of ours an entry is about: a group's id begins with its file's."""
    if one.message_id is None and one.group_id is not None:
        return one.group_id.rpartition("-")[0]
    return one.message_id


def _apart(one: Entry, ours: Sequence[tuple[str, Money]]) -> list[Entry]:
    if one.amount is None:
        return [replace(one, references=(name,), end_to_end_id=name) for name, _ in ours] or [one]
    if {amount.currency for _, amount in ours} != {one.amount.currency} or (
        sum(amount.minor for _, amount in ours) != one.amount.minor
    ):
        return [one]
    return [
        replace(one, references=(name,), end_to_end_id=name, amount=amount) for name, amount in ours
    ]


def _our_account(terms: Terms, document: BankDocument) -> str | None:
    """Whose bookings the file holds; None when it is about orders."""
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
    return operator.iban if document.accounts else None


def as_json(document: BankDocument, terms: Terms) -> str:
    """The entries, as verbs.take_bank_file takes them."""
    owners: dict[str, list[int]] = {}
    for one in terms.partners:
        if one.entity is not None and one.entity.iban is not None:
            owners.setdefault(one.entity.iban, []).append(one.id)
    return json.dumps([_entry(one, owners) for one in document.entries])


def statements_as_json(document: BankDocument) -> str:
    """The statements in it, as books.write_bank_statements takes them."""
    days = (
        asdict(one) | {"day": None if one.day is None else one.day.isoformat()}
        for one in document.statements
    )
    return json.dumps(list(days))


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
        "account_of": owners.get(one.other_account or ""),
    }
