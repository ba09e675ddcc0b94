"""Instruct the payments of a final period: files for the bank, and who pays by itself."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import anyio.to_thread

from coalition.access import Actor, ActorKind, Scope, require
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.ledger import Period
from coalition.partners import LegalEntity, Office, Terms
from coalition.partners.terms import PaysBy
from coalition.payments.bank_days import EURO
from coalition.payments.errors import (
    MandateNotUsable,
    NothingToInstruct,
    OperatorAccountMissing,
    PaymentDateNotValid,
)
from coalition.payments.orders import (
    CannotCollect,
    Conditions,
    Due,
    Method,
    NoBankDay,
    Order,
    masked,
    orders,
)
from coalition.payments.payment_document import Document, written
from coalition.payments.queries import (
    Payment,
    PaymentFile,
    PaymentState,
    mandates_used,
    payment_files,
    payments_of,
)
from coalition.settlement import (
    StatementFilter,
    calendar_asked,
    known_period,
    list_statements,
    pass_gates,
    positions_of,
)
from coalition.settlement.errors import PeriodNotReady
from coalition.settlement.states import State

_TRIES = 5
_FURTHEST = timedelta(days=366)
_SHORT = {Method.CREDIT_TRANSFER: "CT", Method.DIRECT_DEBIT: "DD"}
# In euro, but not SEPA's.
_ABROAD = "XB"
_AFTER = (State.INSTRUCTED, State.SETTLED, State.LOCKED)


@dataclass(frozen=True, slots=True)
class InstructionRequest:
    """`on`: the day of all payments; None: the next bank day, debits one later. `again`:
    another attempt of those that have failed.
    """

    label: str
    calendar: str | None = None
    on: date | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Instructed:
    """`contents` by message id, for those files whose bytes the actor may have. Of a dry run the
    files have no id.
    """

    period: Period
    payments: tuple[Payment, ...]
    files: tuple[PaymentFile, ...]
    contents: Mapping[str, bytes]
    already_instructed: bool


async def instruct_payments(
    office: Office,
    *,
    actor: Actor,
    request: InstructionRequest,
    now: datetime,
    dry_run: bool = False,
) -> Instructed:
    """The payments and files of the period; asked again, the same ones.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `ItemsOpen`, `OperatorAccountMissing`,
    `PaymentDateNotValid`, `MandateNotUsable`, `PaymentFileNotValid`, `NothingToInstruct`.
    """
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.kind is not ActorKind.OPERATOR:
        raise NotAllowed("This is done with a token of the operator.")
    terms = await office.terms()
    period = await known_period(
        office, calendar_asked(terms, actor, request.calendar), request.label
    )
    state = State(period.state)
    if state is not State.FINAL and state not in _AFTER:
        raise PeriodNotReady(
            f"{period.label} is {state}: its payments are instructed when it is final.",
            field=("label",),
        )
    known = await _written(office, period)
    if known.payments and not request.again:
        return known
    for _ in range(_TRIES):
        made, debits = await _orders(office, terms, period, known.payments, request, now)
        documents = await _documents(terms, period, made, now)
        if dry_run:
            await pass_gates(office, period, State.INSTRUCTED)
            return _draft(period, made, documents)
        (row,) = await office.database.call(
            "instruct_payments", period.id, request.again, debits, _files_as_json(documents),
            _payments_as_json(made, terms, documents), *actor.signature,
        )  # fmt: skip
        if row["outcome"] != "DEBITED":
            return await _outcome(office, actor, request, period, row["outcome"])
    raise RuntimeError("Mandates were used faster than payments could be made of them.")


async def _outcome(
    office: Office, actor: Actor, request: InstructionRequest, period: Period, outcome: str
) -> Instructed:
    """What verbs.instruct_payments has answered. Raises as `instruct_payments` does."""
    if outcome == "GATED":
        await pass_gates(office, period, State.INSTRUCTED)
    if outcome == "CHANGED":
        raise _nothing_failed(period)
    if outcome not in {"INSTRUCTED", "KNOWN"}:
        raise PeriodNotReady(
            f"{period.label} is {outcome}: its payments are not instructed any more.",
            field=("label",),
        )
    calendar = calendar_asked(await office.terms(), actor, request.calendar)
    found = await _written(office, await known_period(office, calendar, request.label))
    return replace(found, already_instructed=outcome == "KNOWN")


async def _written(office: Office, period: Period) -> Instructed:
    async with office.database.reading(EVERYTHING) as connection:
        payments = await payments_of(connection, period.id)
        files = await payment_files(connection, period.id)
    return Instructed(
        period,
        tuple(payments),
        tuple(files),
        {one.message_id: one.content for one in files},
        already_instructed=True,
    )


async def _orders(
    office: Office,
    terms: Terms,
    period: Period,
    known: Sequence[Payment],
    request: InstructionRequest,
    now: datetime,
) -> tuple[list[Order], int]:
    """The payments to be made, and how many debits there were before them."""
    today = terms.programme.today(now)
    if request.on is not None and not today <= request.on <= today + _FURTHEST:
        raise PaymentDateNotValid(
            f"{request.on} is not between today, {today}, and a year from now.", field=("on",)
        )
    async with office.database.reading(EVERYTHING) as connection:
        positions = await positions_of(connection, period.id)
        statements = await list_statements(connection, StatementFilter(period_id=period.id))
        used, debits = await mandates_used(connection)
    numbers = {(one.partner_id, one.net.currency): one.number for one in statements}
    due = [
        Due(one.partner_id, one.settled, numbers[one.partner_id, one.net.currency])
        for one in positions
        if one.partner_id is not None
    ]
    if request.again:
        failed = _failed(period, known)
        due = [one for one in due if (one.partner_id, one.settled.currency) in failed]
    conditions = Conditions(
        {one.id: one.entity for one in terms.partners},
        terms.operator_entity,
        {one.id for one in terms.partners if one.contract.pays_by is PaysBy.TRANSFER},
        used,
        today,
        request.on,
    )
    try:
        made = orders(due, conditions)
    except CannotCollect as error:
        raise _cannot_collect(terms, error) from None
    except NoBankDay as error:
        raise PaymentDateNotValid(
            f"No payment in {error.currency} can be made on {request.on}: the next possible day is"
            f" {error.next_one}.",
            field=("on",),
        ) from None
    if not request.again:
        return made, debits
    return [
        replace(one, attempt=failed[one.partner_id, one.amount.currency] + 1) for one in made
    ], debits


def _cannot_collect(terms: Terms, error: CannotCollect) -> MandateNotUsable:
    each = "; ".join(
        f"{terms.partner(due.partner_id).code} owes {due.settled}, and {reason}"
        for due, reason in error.why
    )
    return MandateNotUsable(
        f"{each}. Give its legal entity a mandate in the partners' file, or say that it pays by its"
        " own transfer: contract.pays_by: transfer.",
        field=("label",),
    )


def _failed(period: Period, known: Sequence[Payment]) -> dict[tuple[int, str], int]:
    """The newest attempts that have failed, by partner and currency. Raises `NothingToInstruct`."""
    found = {
        (one.partner_id, one.amount.currency): one.attempt
        for one in known
        if one.state in {PaymentState.RETURNED, PaymentState.REJECTED} and not one.paid.minor
    }
    if not found:
        raise _nothing_failed(period)
    return found


def _nothing_failed(period: Period) -> NothingToInstruct:
    return NothingToInstruct(
        f"No payment of {period.label} has come back or been rejected and is still to be sent"
        " again.",
        field=("again",),
    )


async def _documents(
    terms: Terms, period: Period, made: Sequence[Order], now: datetime
) -> dict[str, tuple[Document, bytes]]:
    """The files by message id: one per way, currency and attempt."""
    grouped: dict[tuple[str, str, int], list[Order]] = {}
    for one in made:
        if one.method.is_written:
            currency = one.amount.currency
            way = _SHORT[one.method] if one.is_sepa or currency != EURO else _ABROAD
            grouped.setdefault((way, currency, one.attempt), []).append(one)
    operator = terms.operator_entity
    if grouped and (operator is None or operator.iban is None):
        raise OperatorAccountMissing(
            "Give operator.legal_entity in the partners' file a legal entity with an iban: payments"
            " are made from its account.",
            field=("label",),
        )
    entities = {one.id: one.entity for one in terms.partners if one.entity is not None}
    found: dict[str, tuple[Document, bytes]] = {}
    for key, own in grouped.items():
        message_id = _message_id(period, *key)
        if operator is None:
            raise AssertionError("it was looked for above")
        document = Document(message_id, now, operator, own, entities)
        # Writing and validating take a second; other requests go on meanwhile.
        found[message_id] = document, await anyio.to_thread.run_sync(written, document)
    return found


def _message_id(period: Period, way: str, currency: str, attempt: int) -> str:
    """Unique per calendar and period: a bank refuses a message id that it has seen."""
    mark = hashlib.sha256(f"{period.calendar} {period.label}".encode()).hexdigest()[:8]
    return f"{period.label}-{way}-{currency}-{attempt}-{mark}"


def _draft(
    period: Period, made: Sequence[Order], documents: Mapping[str, tuple[Document, bytes]]
) -> Instructed:
    files = [
        PaymentFile.drafted(period.id, document, content, one.attempt)
        for document, content in documents.values()
        for one in document.orders[:1]
    ]
    return Instructed(
        period,
        tuple(Payment.drafted(period.id, one) for one in made),
        tuple(files),
        {one.message_id: one.content for one in files},
        already_instructed=False,
    )


def _files_as_json(documents: Mapping[str, tuple[Document, bytes]]) -> str:
    """As verbs.instruct_payments takes it."""
    return json.dumps(
        [
            {
                "scheme": document.method.value,
                "is_sepa": document.is_sepa,
                "currency": document.control_sum.currency,
                "attempt": document.orders[0].attempt,
                "message_id": document.message_id,
                "schema_name": document.schema,
                "payments": len(document.orders),
                "control_sum": document.control_sum.minor,
                "content": base64.b64encode(content).decode(),
            }
            for document, content in documents.values()
        ]
    )


def _payments_as_json(
    made: Sequence[Order], terms: Terms, documents: Mapping[str, tuple[Document, bytes]]
) -> str:
    """As verbs.instruct_payments takes it."""
    message_of = {
        one.end_to_end_id: document.message_id
        for document, _ in documents.values()
        for one in document.orders
    }

    def account(entity: LegalEntity | None) -> str | None:
        return masked(entity.iban) if entity else None

    def mandate(one: Order) -> str | None:
        entity = terms.partner(one.partner_id).entity
        return entity.mandate.id if one.sequence and entity and entity.mandate else None

    return json.dumps(
        [
            {
                "partner_id": one.partner_id,
                "statement_number": one.number,
                "end_to_end_id": one.end_to_end_id,
                "attempt": one.attempt,
                "direction": one.direction.value,
                "method": one.method.value,
                "amount": one.amount.minor,
                "currency": one.amount.currency,
                "account": account(terms.partner(one.partner_id).entity),
                "due_on": one.due_on.isoformat(),
                "message_id": message_of.get(one.end_to_end_id),
                "reason": one.reason,
                "mandate_id": mandate(one),
                "mandate_sequence": one.sequence,
            }
            for one in made
        ]
    )
