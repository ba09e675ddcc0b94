"""Reading what the bank has said. The operator's to read; in a `Sight` that the caller opened."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.payments.records import bank_entry, bank_file, bank_statement, payment

IN_QUESTION = "PERHAPS_KNOWN"
_FIELDS = (
    "bank_file_id", "place", "payment_id", "partner_id", "outcome", "end_to_end_id",
    "bank_reference", "is_credit", "booked", "surplus", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BankEntry:
    """What a bank said. `names`: the EndToEndId of the payment that it was matched with. `booked`:
    what it paid of the payment, below zero what it took back; `surplus`: what came besides; both in
    minor units of its currency. `resolved_as`: what a person has made of an entry that was in
    question.
    """

    id: int
    bank_file_id: int
    place: int
    payment_id: int | None
    names: str | None
    partner_id: int | None
    outcome: str
    end_to_end_id: str | None
    bank_reference: str | None
    is_credit: bool | None
    amount: Money | None
    booked: int
    surplus: int
    reason: str | None
    booked_on: date | None
    resolved_as: str | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody has to say if the bank had told of it before."""
        return self.outcome == IN_QUESTION and self.resolved_as is None

    @classmethod
    def told(cls, row: dict[str, Any], names: str | None) -> Self:
        """As verbs.take_bank_file tells it; of a dry run the id names nothing."""
        return cls(
            id=row["id"],
            names=names,
            amount=None if row["amount"] is None else Money(row["amount"], row["currency"]),
            booked_on=None if row["booked_on"] is None else date.fromisoformat(row["booked_on"]),
            **{name: row[name] for name in _FIELDS},
        )


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement (camt.053) that a file held. `missing_after`: the last number before those that
    lacked when it came; `is_repeated`: another file had told of it.
    """

    identification: str | None
    currency: str | None
    page: int | None
    sequence: int | None
    day: date | None
    missing_after: int | None
    is_repeated: bool

    @classmethod
    def told(cls, row: Mapping[str, Any]) -> Self:
        """As verbs.take_bank_file tells it, or as its row is read."""
        day = row["day"]
        return cls(
            row["identification"], row["currency"], row["page"], row["sequence"],
            date.fromisoformat(day) if isinstance(day, str) else day,
            row["missing_after"], row["repeats"] is not None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class BankFile:
    id: int
    schema: str
    message_id: str
    hash: str
    person: str
    recorded_at: datetime
    entries: tuple[BankEntry, ...]
    statements: tuple[KeptStatement, ...]


async def bank_files(connection: AsyncConnection, limit: int) -> list[BankFile]:
    """The newest files of the bank with what they said."""
    rows = (
        await connection.execute(
            sa.select(*(one for one in bank_file.c if one.name != "content"))
            .order_by(bank_file.c.id.desc())
            .limit(limit)
        )
    ).all()
    ids = [row.id for row in rows]
    entries = await _entries(connection, bank_entry.c.bank_file_id.in_(ids))
    statements = (
        await connection.execute(
            sa.select(bank_statement)
            .where(bank_statement.c.bank_file_id.in_(ids))
            .order_by(bank_statement.c.bank_file_id, bank_statement.c.place)
        )
    ).all()
    return [
        BankFile(
            row.id, row.schema_name, row.message_id, row.hash.hex(), row.person, row.recorded_at,
            tuple(one for one in entries if one.bank_file_id == row.id),
            tuple(
                KeptStatement.told(one._asdict())
                for one in statements
                if one.bank_file_id == row.id
            ),
        )
        for row in rows
    ]  # fmt: skip


async def bank_entries_of(connection: AsyncConnection, period_id: int) -> list[BankEntry]:
    """What the bank has said of the payments of a period, in its order."""
    return await _entries(connection, payment.c.period_id == period_id)


async def bank_entry_numbered(connection: AsyncConnection, number: int) -> BankEntry | None:
    return next(iter(await _entries(connection, bank_entry.c.id == number)), None)


async def with_answers(
    connection: AsyncConnection, found: tuple[BankEntry, ...]
) -> tuple[BankEntry, ...]:
    """Entries of which a file was told before, with what people have made of them since."""
    rows = await connection.execute(
        sa.select(bank_entry.c.answers, bank_entry.c.outcome).where(
            bank_entry.c.answers.in_([one.id for one in found if one.outcome == IN_QUESTION])
        )
    )
    said = {row.answers: row.outcome for row in rows}
    return tuple(replace(one, resolved_as=said.get(one.id)) for one in found)


async def _entries(
    connection: AsyncConnection, condition: sa.ColumnElement[bool]
) -> list[BankEntry]:
    answer = bank_entry.alias()
    rows = await connection.execute(
        sa.select(
            bank_entry,
            payment.c.end_to_end_id.label("names"),
            answer.c.outcome.label("resolved_as"),
        )
        .outerjoin(payment, payment.c.id == bank_entry.c.payment_id)
        .outerjoin(answer, answer.c.answers == bank_entry.c.id)
        .where(condition, bank_entry.c.answers.is_(None))
        .order_by(bank_entry.c.bank_file_id, bank_entry.c.place)
    )
    return [
        BankEntry(
            id=row.id,
            names=row.names,
            amount=None if row.amount is None else Money(row.amount, row.currency),
            booked_on=row.booked_on,
            resolved_as=row.resolved_as,
            **{name: getattr(row, name) for name in _FIELDS},
        )
        for row in rows
    ]
