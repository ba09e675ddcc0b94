"""Say of an entry of the bank whether it had been told of before: the same booking, or another."""

from dataclasses import dataclass, replace
from datetime import datetime

from coalition.access import Actor, ActorKind, Scope, require
from coalition.kit.database import EVERYTHING
from coalition.kit.errors import NotAllowed
from coalition.kit.text import clean
from coalition.partners import Office
from coalition.payments.bank_entries import BankEntry, bank_entry_numbered
from coalition.payments.errors import NO_SUCH_ENTRY, BankEntryNotFound, BankEntryResolved


@dataclass(frozen=True, slots=True)
class Resolution:
    """`is_same`: it is a booking that another file has told of; else one of its own."""

    entry_id: int
    is_same: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """`replayed`: it had been said so before."""

    entry: BankEntry
    replayed: bool


async def resolve_bank_entry(
    office: Office,
    *,
    actor: Actor,
    resolution: Resolution,
    now: datetime,
    dry_run: bool = False,
) -> Resolved:
    """The entry with what it is now resolved as: KNOWN, or as another booking is judged.

    Raises `NotAllowed`, `TextNotAllowed`, `BankEntryNotFound`, `BankEntryResolved`.
    """
    del now  # the database's clock says when it was written down
    require(actor, Scope.SETTLEMENT_APPROVE)
    if actor.kind is not ActorKind.OPERATOR:
        raise NotAllowed("This is done with a token of the operator.")
    reason = clean(resolution.reason, ("reason",), longest=200)
    async with office.database.reading(EVERYTHING) as connection:
        entry = await bank_entry_numbered(connection, resolution.entry_id)
    rows = await office.database.call(
        "resolve_bank_entry", resolution.entry_id, resolution.is_same, reason, dry_run,
        *actor.signature,
    )  # fmt: skip
    if entry is None or not rows:
        raise BankEntryNotFound(NO_SUCH_ENTRY, field=("bankEntryId",))
    (row,) = rows
    if row["state"] == "OTHERWISE":
        raise BankEntryResolved(
            f"This entry is resolved as {row['outcome']}, and that is said once.",
            field=("bankEntryId",),
        )
    return Resolved(
        replace(entry, resolved_as=row["outcome"], booked=row["booked"], surplus=row["surplus"]),
        replayed=row["state"] == "KNOWN",
    )
