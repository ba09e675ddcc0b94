"""Replace statements that were calculated wrongly, before the period is final.

Nothing is overwritten: what the old ones moved is reversed entry by entry, and the new ones stand
beside them. Once the period is final a mistake is an adjustment in the next one; and so it is while
a line of it is adjusted: replaced besides, it would be corrected twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope
from coalition.kit.database import EVERYTHING
from coalition.kit.text import clean
from coalition.ledger import Period
from coalition.partners import Office, Partner, Terms
from coalition.settlement.calendars import calendar_asked
from coalition.settlement.checks import uphold_laws
from coalition.settlement.drafts import (
    draft_statements,
    entity_of,
    run_as_dict,
    statement_as_dict,
)
from coalition.settlement.errors import PeriodNotReady, StatementAdjusted, StatementDisputed
from coalition.settlement.gates import known_period
from coalition.settlement.office import partner_named, require_operator
from coalition.settlement.queries import (
    Run,
    StatementFilter,
    StatementRecord,
    list_statements,
    runs_of,
)
from coalition.settlement.statement import StatementDraft, empty_statement
from coalition.settlement.states import State


@dataclass(frozen=True, slots=True)
class Corrected:
    """`replaced` by statements of the same partner and currency, and what was missing beside them;
    `by` is empty: they were right.
    """

    period: Period
    replaced: tuple[StatementRecord, ...]
    by: tuple[StatementDraft, ...]


async def correct_statements(
    office: Office,
    *,
    actor: Actor,
    label: str,
    reason: str,
    now: datetime,
    calendar: str | None = None,
    brand: str | None = None,
    dry_run: bool = False,
) -> Corrected:
    """Calculate a period's statements again and replace those that come out differently, of one
    brand or of all. What a brand owes in a currency that it had no statement in gets its first one.

    Raises `NotAllowed`, `PeriodNotFound`, `PeriodNotReady`, `PartnerNotFound`,
    `StatementDisputed`, `StatementAdjusted`, `BooksDoNotBalance`.
    """
    require_operator(actor, Scope.SETTLEMENT_APPROVE)
    await office.read_terms()
    terms = await office.terms()
    period = await known_period(office, calendar_asked(terms, actor, calendar), label)
    if period.state not in {State.CLOSED, State.DISPUTED}:
        raise PeriodNotReady(
            f"{label} is {period.state}: statements are replaced after it was closed and before"
            " it is final. Afterwards record an adjustment.",
            field=("label",),
        )
    said = clean(reason, ("reason",), longest=200)
    drafts = await draft_statements(office, period, of_everybody=True)
    async with office.database.reading(EVERYTHING) as connection:
        stand = await list_statements(connection, StatementFilter(period_id=period.id))
        runs = await runs_of(connection, period.id)
    of = None if brand is None else partner_named(terms, brand).id
    wrong = [
        (old, draft)
        for old, draft in _different(terms, period, stand, drafts)
        if of in {None, old.partner_id}
    ]
    missing = [one for one in _missing(stand, drafts) if of in {None, one.partner_id}]
    corrected = Corrected(
        period, tuple(old for old, _ in wrong), (*(draft for _, draft in wrong), *missing)
    )
    if corrected.by:
        (row,) = await office.database.call(
            "correct_statements", period.id, now, [old.id for old, _ in wrong],
            _as_json(terms, period, runs, drafts, wrong, missing), said, dry_run, *actor.signature,
        )  # fmt: skip
        _refuse(row["outcome"], row["number"], label)
        if row["moved"]:
            await uphold_laws(office, period)
    return corrected


def _refuse(outcome: str, number: str, label: str) -> None:
    match outcome:
        case State.CLOSED | State.DISPUTED:
            return
        case "DISPUTED":
            raise StatementDisputed(
                f"A line of {number} is disputed. Decide that first: rejected, when the statement"
                " is to be replaced.",
                field=("label",),
            )
        case "ADJUSTED":
            raise StatementAdjusted(
                f"A line of {number} was adjusted: replaced besides, it would be corrected twice."
                " Take that back by an adjustment below zero first, or adjust what else is wrong.",
                field=("label",),
            )
        case _:
            raise PeriodNotReady(
                f"{label} was led on, or corrected, just now. Look at it again.", field=("label",)
            )


_Wrong = list[tuple[StatementRecord, StatementDraft]]


def _different(
    terms: Terms,
    period: Period,
    stand: Sequence[StatementRecord],
    drafts: Sequence[StatementDraft],
) -> _Wrong:
    by_key = {(one.partner_id, one.currency): one for one in drafts}
    found: _Wrong = []
    for old in stand:
        partner = terms.partner(old.partner_id)
        draft = by_key.get((old.partner_id, old.net.currency)) or _nothing(period, partner, old)
        if draft.hash != old.hash:
            found.append((old, draft))
    return found


def _missing(
    stand: Sequence[StatementRecord], drafts: Sequence[StatementDraft]
) -> list[StatementDraft]:
    """What has lines and no statement: in a currency in which the brand was thought to owe none."""
    known = {(one.partner_id, one.net.currency) for one in stand}
    return [one for one in drafts if one.lines and (one.partner_id, one.currency) not in known]


def _nothing(period: Period, partner: Partner, old: StatementRecord) -> StatementDraft:
    return empty_statement(period.label, partner, old.net.currency)


def _as_json(
    terms: Terms,
    period: Period,
    runs: Sequence[Run],
    drafts: Sequence[StatementDraft],
    wrong: _Wrong,
    missing: Sequence[StatementDraft],
) -> str:
    """One more run for each legal entity with a statement that is replaced or was missing."""
    found = []
    brands = {old.partner_id for old, _ in wrong} | {one.partner_id for one in missing}
    for entity_id in sorted({entity_of(terms.partner(brand)) for brand in brands}):
        covered = [one for one in drafts if entity_of(terms.partner(one.partner_id)) == entity_id]
        statements = [
            statement_as_dict(
                draft,
                number=f"{draft.number}/{old.version + 1}",
                version=old.version + 1,
                replaces=old.id,
            )
            for old, draft in wrong
            if entity_of(terms.partner(old.partner_id)) == entity_id
        ] + [
            statement_as_dict(draft)
            for draft in missing
            if entity_of(terms.partner(draft.partner_id)) == entity_id
        ]
        version = 1 + max(
            (one.version for one in runs if one.legal_entity_id == entity_id), default=0
        )
        found.append(run_as_dict(entity_id, covered, statements, period.closed_at, version))
    return json.dumps(found)
