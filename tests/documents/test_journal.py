"""The journal of a period: balanced per currency, and the same bytes up to the same entry."""

import csv
import io
import json
from decimal import Decimal

from coalition import documents, settlement
from coalition.kit.database import EVERYTHING
from tests.support import World

from .january import JANUARY, a_january


async def _journal(world: World, up_to: int | None = None) -> documents.Journal:
    period = await world.period(JANUARY)
    async with world.database.reading(EVERYTHING) as connection:
        entries = await settlement.money_entries(connection, period.id, up_to=up_to)
    codes = {one.id: one.code for one in (await world.office.terms()).partners}
    return documents.Journal(
        period.label, period.calendar, entries, {"RECEIVABLE": "1200", "VAT": "=3800"}, codes
    )


async def test_a_journal_is_balanced_in_each_currency_and_names_the_accounts_asked_for(
    world: World,
) -> None:
    await a_january(world, vat_mode="standard", vat_rate="0.21")
    journal = await _journal(world)
    rows = list(csv.DictReader(io.StringIO(documents.journal_csv(journal).decode(), newline="")))
    debit = sum(Decimal(row["debit"] or 0) for row in rows)
    assert debit == sum(Decimal(row["credit"] or 0) for row in rows) > 0
    by_name = {row["account_name"]: row["account"] for row in rows}
    assert by_name == {"RECEIVABLE": "1200", "VAT": "'=3800", "PAYABLE": "610", "POOL": "620"}
    said = json.loads(documents.journal_json(journal))
    assert said["totals"] == [{"currency": "USD", "debit": str(debit), "credit": str(debit)}]
    assert said["upTo"] == journal.entries[-1].id


async def test_a_journal_up_to_an_entry_is_the_same_after_more_were_posted(world: World) -> None:
    await a_january(world)
    before = await _journal(world)
    files = documents.journal_csv(before), documents.journal_json(before)
    await world.approve(JANUARY)
    again = await _journal(world, up_to=before.entries[-1].id)
    assert (documents.journal_csv(again), documents.journal_json(again)) == files
    assert len((await _journal(world)).entries) >= len(before.entries)
