"""Compare a file that was taken with the ledger: what agrees is counted, what differs is an item.

The bulk is compared in the database at once (match_reconciliation.sql). What is left is read in
groups, each in its own order, and looked at more closely (matching.py). Each write takes what it
found out of what is left, so a comparison that was killed goes on where it stood.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from coalition.access import Actor
from coalition.kit.amounts import exponent_of
from coalition.kit.database import Sight
from coalition.kit.errors import Unavailable
from coalition.partners import Office, Partner, Terms
from coalition.reconciliation.classes import (
    SETTLED,
    Found,
    RowClass,
    Side,
    action_of,
    agreement_of,
    at_stake,
    class_alone,
)
from coalition.reconciliation.create_file import partner_of
from coalition.reconciliation.errors import ReconciliationFileNotFound
from coalition.reconciliation.identity import Identity
from coalition.reconciliation.matching import Matcher
from coalition.reconciliation.queries import (
    OpenValue,
    Order,
    files_waiting,
    open_values,
    rest_after,
    rest_at,
    summaries_of,
)

_PAGE: Final = 2000
# A hundred thousand rows under one reference are no group to look at closely.
_LARGEST_GROUP: Final = 200
# Of all rows at once; each row of the rest is asked about by itself.
_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Ran:
    """`already`: the file had been compared before. `identities`: by side."""

    file_id: int
    already: bool
    identities: dict[str, Identity]


@dataclass(slots=True)
class _Run:
    office: Office
    terms: Terms
    partner: Partner
    file_id: int
    now: datetime
    findings: list[Found] = field(default_factory=list)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def sight(self) -> Sight:
        return Sight(partner_id=self.partner.id)

    @property
    def matcher(self) -> Matcher:
        return Matcher(self.partner.reconciliation, exponent_of(self.partner.currency))


async def run_reconciliation(
    office: Office,
    *,
    actor: Actor,
    file_id: int,
    now: datetime,
    partner_id: int | None = None,
) -> Ran:
    """What differs is then there as items. Run again, and killed and run again, it comes to the
    same. Raises `NotAllowed`, `ReconciliationFileNotFound`, `Unavailable`.
    """
    owner = partner_of(actor, partner_id)
    terms = await office.terms()
    run = _Run(office, terms, terms.partner(owner), file_id, now)
    (row,) = await office.database.call("match_reconciliation", file_id, owner, seconds=_SECONDS)
    state: str | None = row["outcome"]
    if state is None or state in {"AWAITING", "REPEATED"}:
        raise ReconciliationFileNotFound("No such reconciliation file of this partner.")
    if state == "COMPARING":
        await _look_closer(run)
    async with office.database.reading(run.sight) as connection:
        found = (await summaries_of(connection, [file_id])).get(file_id)
    # A file that was superseded before its turn is never compared.
    identities = found.identities if found else {}
    for side, identity in identities.items():
        if not identity.closes:
            raise RuntimeError(f"Reconciliation {file_id}, {side}: {identity} does not close.")
    if state == "COMPARING":
        await office.database.call("finish_reconciliation", file_id, owner, now, seconds=_SECONDS)
    return Ran(file_id, already=state != "COMPARING", identities=identities)


async def run_waiting(office: Office, *, actor: Actor, now: datetime) -> AsyncIterator[Ran]:
    """Compare every file that was taken and waits, the oldest first. For the operator."""
    async with office.database.reading(Sight(everything=True)) as connection:
        waiting = await files_waiting(connection)
    for one in waiting:
        yield await run_reconciliation(
            office, actor=actor, file_id=one.id, now=now, partner_id=one.partner_id
        )


async def rehearse_waiting(
    office: Office, *, actor: Actor, now: datetime
) -> tuple[int, dict[int, list[OpenValue]]]:
    """How many files `run_waiting` would compare, and what would be open then of each of their
    partners. Nothing is kept: each one's files are compared in a rehearsal of their own.
    """
    async with office.database.reading(Sight(everything=True)) as connection:
        waiting = await files_waiting(connection)
    terms = await office.terms()
    found: dict[int, list[OpenValue]] = {}
    for partner_id in sorted({one.partner_id for one in waiting}):
        sight = Sight(partner_id=partner_id)
        async with office.database.rehearsing(sight) as rehearsal:
            desk = office.rehearsing(rehearsal)
            for one in waiting:
                if one.partner_id == partner_id:
                    await run_reconciliation(
                        desk, actor=actor, file_id=one.id, now=now, partner_id=partner_id
                    )
            async with rehearsal.reading(sight) as connection:
                found[partner_id] = await open_values(connection, terms, None)
    return len(waiting), found


async def _look_closer(run: _Run) -> None:
    matcher = run.matcher
    await _in_groups(run, Order.REFERENCE, matcher.by_reference)
    await _known_elsewhere(run, "FILE", alone=False)
    await _in_groups(run, Order.RECEIPT, matcher.by_receipt)
    await _in_groups(run, Order.MEMBER, matcher.by_score)
    await _known_elsewhere(run, "LEDGER", alone=True)
    await _known_elsewhere(run, "FILE", alone=True)


async def _in_groups(
    run: _Run, order: Order, find: Callable[[Sequence[Side]], Iterator[Found]]
) -> None:
    async for group in _groups(run, order):
        for found in find(group):
            await _note(run, found)
    await _write(run)


async def _groups(run: _Run, order: Order) -> AsyncIterator[list[Side]]:
    """What is left, in its groups; what stands alone is no group."""
    last: tuple[object, ...] | None = None
    group: list[Side] = []
    while True:
        async with run.office.database.reading(run.sight) as connection:
            page = await rest_after(connection, run.file_id, order, last, limit=_PAGE)
        for one in page:
            if group and (order.key(group[0]) != order.key(one) or len(group) >= _LARGEST_GROUP):
                if len(group) > 1:
                    yield group
                group = []
            group.append(one)
        if len(page) < _PAGE:
            if len(group) > 1:
                yield group
            return
        last = order.place(page[-1])


async def _known_elsewhere(run: _Run, book: str, *, alone: bool) -> None:
    """Rows whose counterpart is known elsewhere; with `alone` all others too, as missing."""
    after = 0
    while True:
        rows = await run.office.database.call(
            "known_elsewhere", run.partner.id, run.file_id, book, after, _PAGE
        )
        if not rows:
            break
        known = {row["id"]: row for row in rows}
        async with run.office.database.reading(run.sight) as connection:
            sides = await rest_at(connection, run.file_id, list(known))
        for one in sides:
            row = known[one.id]
            if row["known"] is None and not alone:
                continue
            row_class = _class_of(one, row["known"])
            if row["known"] is not None and one.line is not None:
                run.places[one.id] = (row["known_member"], row["known_seq"])
            told, posted = ((one,), ()) if one.line is not None else ((), (one,))
            await _note(run, Found(row_class, "REFERENCE" if row["known"] else "NONE",
                                   told, posted))  # fmt: skip
        after = rows[-1]["id"]
        await _write(run)


def _class_of(one: Side, known: str | None) -> RowClass:
    match known:
        case "DUPLICATE":
            told = one.line is not None
            return RowClass.DUPLICATE_IN_FILE if told else RowClass.DUPLICATE_IN_LEDGER
        case "TIMING":
            return RowClass.TIMING
        case _:
            return class_alone(one)


async def _note(run: _Run, found: Found) -> None:
    run.findings.append(found)
    if len(run.findings) >= _PAGE:
        await _write(run)


async def _write(run: _Run) -> None:
    if not run.findings:
        return
    used = [one.id for found in run.findings for one in (*found.told, *found.posted)]
    (row,) = await run.office.database.call(
        "write_reconciliation_items", run.file_id, run.partner.id,
        json.dumps([_item(run, found) for found in run.findings]), used, run.now,
    )  # fmt: skip
    if row["outcome"] == "OTHERS":
        raise Unavailable("The file is being compared by another process just now.")
    run.findings.clear()
    run.places.clear()


def _item(run: _Run, found: Found) -> dict[str, object]:
    partner, terms = run.partner, run.partner.reconciliation
    first = found.first
    agreement = agreement_of(found, partner, partner.agreements)
    settled = found.row_class in SETTLED
    member, seqs = first.member_id, [one.seq for one in found.posted]
    if found.posted:
        member = found.posted[0].member_id
    elif first.id in run.places:
        member, seq = run.places[first.id]
        seqs = [seq]
    return {
        "class": found.row_class.value,
        "kind": first.kind,
        "found_by": found.found_by,
        "reference": first.reference,
        "lines": [one.line for one in found.told],
        "member_id": member,
        "seqs": seqs,
        "ledger_points": found.ledger_points,
        "file_points": found.file_points,
        "ledger_amount": _amount(found.posted),
        "file_amount": _amount(found.told),
        "file_currency": found.told[0].currency if found.told else None,
        "occurred_at": first.occurred_at.isoformat(),
        "value": at_stake(found, agreement, partner.currency),
        "action": action_of(found, terms, now=run.now).value,
        "state": "accepted" if settled else "open",
        "due_at": (run.now + timedelta(days=terms.sla_days)).isoformat(),
    }


def _amount(rows: Sequence[Side]) -> int | None:
    known = [one.amount for one in rows if one.amount is not None and one.kind == rows[0].kind]
    return sum(known) if known else None
