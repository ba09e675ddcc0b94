"""Reading payments. Every function reads in a `Sight` that its caller opened."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.payments.mandates import Use
from coalition.payments.orders import Direction, Method, Order
from coalition.payments.payment_document import Document
from coalition.payments.records import bank_entry, payment, payment_file


class PaymentState(StrEnum):
    SENT = "SENT"  # its file is at the bank
    AWAITED = "AWAITED"  # the partner pays by itself, or it is paid by hand
    PARTLY_PAID = "PARTLY_PAID"
    PAID = "PAID"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"  # by another attempt


@dataclass(frozen=True, slots=True)
class Payment:
    """`id` None: of a dry run. `account`: the partner's, masked. `surplus`: what came besides."""

    id: int | None
    period_id: int
    partner_id: int
    statement_number: str
    end_to_end_id: str
    attempt: int
    direction: Direction
    method: Method
    amount: Money
    paid: Money
    surplus: Money
    account: str | None
    due_on: date
    reason: str | None
    state: PaymentState
    bank_reason: str | None = None

    @classmethod
    def drafted(cls, period_id: int, order: Order) -> Self:
        nothing = Money(0, order.amount.currency)
        return cls(
            None, period_id, order.partner_id, order.number, order.end_to_end_id, order.attempt,
            order.direction, order.method, order.amount, nothing, nothing, None, order.due_on,
            order.reason,
            PaymentState.SENT if order.method.is_written else PaymentState.AWAITED,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """`id` None: of a dry run. `content` has account numbers: for who may approve only."""

    id: int | None
    period_id: int
    method: Method
    is_sepa: bool
    attempt: int
    message_id: str
    schema: str
    payments: int
    control_sum: Money
    hash: str
    content: bytes
    recorded_at: datetime | None

    @classmethod
    def drafted(cls, period_id: int, document: Document, content: bytes, attempt: int) -> Self:
        return cls(
            None, period_id, document.method, document.is_sepa, attempt, document.message_id,
            document.schema, len(document.orders), document.control_sum,
            hashlib.sha256(content).hexdigest(), content, None,
        )  # fmt: skip


async def payments_of(
    connection: AsyncConnection, period_id: int, partner_id: int | None = None
) -> list[Payment]:
    """A period's payments that the connection may see, as they stand now."""
    own = payment.c.period_id == period_id
    if partner_id is not None:
        own &= payment.c.partner_id == partner_id
    return await _payments(connection, own)


async def payment_numbered(connection: AsyncConnection, number: int) -> Payment | None:
    """One, as it stands now; None: there is none that the connection may see."""
    return next(iter(await _payments(connection, payment.c.id == number)), None)


async def _payments(
    connection: AsyncConnection, condition: sa.ColumnElement[bool]
) -> list[Payment]:
    newer = payment.alias()
    told = (bank_entry.c.booked != 0) | (bank_entry.c.outcome == "REJECTED")
    last = (
        sa.select(bank_entry.c.outcome, bank_entry.c.reason)
        .where(bank_entry.c.payment_id == payment.c.id, told)
        .order_by(bank_entry.c.id.desc())
        .limit(1)
        .lateral("last")
    )
    sums = (
        sa.select(
            sa.cast(sa.func.coalesce(sa.func.sum(bank_entry.c.booked), 0), sa.BigInteger).label(
                "paid"
            ),
            sa.cast(sa.func.coalesce(sa.func.sum(bank_entry.c.surplus), 0), sa.BigInteger).label(
                "surplus"
            ),
        )
        .where(bank_entry.c.payment_id == payment.c.id, bank_entry.c.currency == payment.c.currency)
        .lateral("sums")
    )
    replaced = sa.exists().where(
        newer.c.period_id == payment.c.period_id,
        newer.c.partner_id == payment.c.partner_id,
        newer.c.currency == payment.c.currency,
        newer.c.attempt > payment.c.attempt,
    )
    query = (
        sa.select(
            payment, sums.c.paid, sums.c.surplus, last.c.outcome,
            last.c.reason.label("bank_reason"), replaced.label("is_replaced"),
        )
        .select_from(payment)
        .join(sums, sa.true())
        .outerjoin(last, sa.true())
        .where(condition)
        .order_by(payment.c.id)
    )  # fmt: skip
    return [_payment(row) for row in await connection.execute(query)]


async def mandates_used(connection: AsyncConnection) -> tuple[dict[str, Use], int]:
    """The newest use of each mandate; and how many debits have been ordered at all, which
    verbs.instruct_payments compares: an only collection is ordered once.
    """
    rejected = sa.exists().where(
        bank_entry.c.payment_id == payment.c.id, bank_entry.c.outcome == "REJECTED"
    )
    rows = await connection.execute(
        sa.select(
            payment.c.mandate_id, payment.c.mandate_sequence, payment.c.due_on,
            payment.c.end_to_end_id,
        )
        .where(payment.c.mandate_id.is_not(None), ~rejected)
        .ext(distinct_on(payment.c.mandate_id))
        .order_by(payment.c.mandate_id, payment.c.id.desc())
    )  # fmt: skip
    used = {row[0]: Use(row[1], row[2], row[3]) for row in rows}
    ordered = await connection.scalar(
        sa.select(sa.func.count()).where(payment.c.mandate_id.is_not(None))
    )
    return used, ordered or 0


async def payment_files(connection: AsyncConnection, period_id: int) -> list[PaymentFile]:
    """The files of a period, oldest first. The operator's to read."""
    rows = await connection.execute(
        sa.select(payment_file)
        .where(payment_file.c.period_id == period_id)
        .order_by(payment_file.c.id)
    )
    return [
        PaymentFile(
            row.id, row.period_id, Method(row.scheme), row.is_sepa, row.attempt,
            row.message_id, row.schema_name, row.payments,
            Money(row.control_sum, row.currency), row.hash.hex(), row.content, row.recorded_at,
        )
        for row in rows
    ]  # fmt: skip


async def contents_of(
    connection: AsyncConnection, message_ids: Collection[str | None]
) -> dict[str | None, bytes]:
    """The bytes of those files that are ours, by their message ids."""
    rows = await connection.execute(
        sa.select(payment_file.c.message_id, payment_file.c.content).where(
            payment_file.c.message_id.in_(message_ids)
        )
    )
    return {row.message_id: row.content for row in rows}


def _payment(row: sa.Row[tuple[Any, ...]]) -> Payment:
    return Payment(
        id=row.id,
        period_id=row.period_id,
        partner_id=row.partner_id,
        statement_number=row.statement_number,
        end_to_end_id=row.end_to_end_id,
        attempt=row.attempt,
        direction=Direction(row.direction),
        method=Method(row.method),
        amount=Money(row.amount, row.currency),
        paid=Money(row.paid, row.currency),
        surplus=Money(row.surplus, row.currency),
        account=row.account,
        due_on=row.due_on,
        reason=row.reason,
        state=_state(row),
        bank_reason=row.bank_reason,
    )


def _state(row: sa.Row[tuple[Any, ...]]) -> PaymentState:
    if row.paid >= row.amount and row.outcome != "REJECTED":
        return PaymentState.PAID
    if row.is_replaced:
        return PaymentState.REPLACED
    if row.outcome == "REJECTED":  # even when it had been booked: the bank will take it back
        return PaymentState.REJECTED
    if row.paid > 0:
        return PaymentState.PARTLY_PAID
    if row.outcome == "RETURNED":
        return PaymentState.RETURNED
    return PaymentState.AWAITED if row.file_id is None else PaymentState.SENT
