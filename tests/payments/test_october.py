"""October of three brands, through the public edge to the last payment: what was worked out by hand
is what the bank is told, to the cent, and what comes back settles the month.
"""

import base64
import csv
import io
from datetime import date
from decimal import Decimal
from typing import cast

from lxml import etree

from coalition import documents, settlement
from coalition.kit.database import EVERYTHING
from tests.payments.bank import Bank, Instruction
from tests.payments.brands import ACCOUNTS, OPERATOR
from tests.settlement.october import (
    ADJUST,
    APPROVE,
    OCTOBER,
    October,
    adjustment,
    file_of,
    lived,
    rate_cards,
)
from tests.support import World, assert_books_balance
from tests.support.edge import Json, edge_of

PAY = """mutation ($input: InstructPaymentsInput!, $dry: Boolean = false) {
  instructPayments(input: $input, dryRun: $dry) { period { state } alreadyInstructed
    payments { endToEndId direction method reason dueOn amount { amount currency } state }
    files { document method payments controlSum { amount currency } content hash }
    userErrors { code message field } } }"""
BANK = """mutation ($input: TakeBankFileInput!) { takeBankFile(input: $input) {
  entries { place outcome } replayed userErrors { code message } } }"""
PAID = """{ payments(label: "2026-10") { endToEndId state paid { amount } partner { code } } }"""
STATE = """{ settlementPeriod(label: "2026-10") { state } }"""


def _with_accounts() -> dict[str, object]:
    file = file_of(rate_cards())
    entities = cast("list[dict[str, object]]", file["legal_entities"])
    for entity in entities:
        code = str(entity["code"])
        entity.update(ACCOUNTS["GBP" if code == "c-inc" else "EUR"])
        entity["address"] = {"street": "Gran Via 1", "postcode": "28013", "city": "Madrid"}
        if code != "c-inc":
            entity["mandate"] = {"id": f"M-{code}", "signed_on": "2025-01-01", "sequence": "FRST"}
    entities.append(OPERATOR)
    cast("dict[str, object]", file["operator"])["legal_entity"] = "operator-inc"
    return file


async def _final(month: October) -> None:
    await month.edge.ask("operator", ADJUST, input=adjustment())
    month.at(11, 2)
    await month.close(OCTOBER)
    approved = await month.edge.ask("approver", APPROVE, input={"label": OCTOBER})
    assert approved["userErrors"] == []


async def test_october_is_collected_and_paid_as_it_was_worked_out_by_hand(world: World) -> None:
    applied = await world.apply_file(world.write(_with_accounts()))
    async with edge_of(world, applied.new_secrets) as edge:
        month = await lived(world, edge)
        await _final(month)
        made = await edge.ask("operator", PAY, input={"label": OCTOBER})
        assert (made["period"], made["userErrors"]) == ({"state": "INSTRUCTED"}, [])
        debits, transfers = _files(made)
        assert (debits["payments"], debits["controlSum"]) == (
            2, {"amount": "1363.68", "currency": "EUR"},
        )  # fmt: skip
        assert (transfers["payments"], transfers["controlSum"]) == (
            1, {"amount": "303.50", "currency": "GBP"},
        )  # fmt: skip
        root = etree.fromstring(debits["content"].encode())
        assert root.findtext(".//{*}GrpHdr/{*}CtrlSum") == "1363.68"
        assert root.findtext(".//{*}GrpHdr/{*}NbOfTxs") == "2"
        assert root.findtext(".//{*}SeqTp") == "FRST"
        # Monday the 2nd: the bank day after the next one; All Saints' is none of TARGET's days.
        assert root.findtext(".//{*}ReqdColltnDt") == f"{date(2026, 11, 4)}"
        told = [
            one for file in (debits, transfers) for one in Bank().takes(file["content"].encode())
        ]
        assert {one.end_to_end_id: one.amount for one in told} == {
            "2026-10/a": "799.82", "2026-10/b": "563.86", "2026-10/c": "303.50",
        }  # fmt: skip
        await _banked(month, told)
    await assert_books_balance(world)


def _files(made: Json) -> list[Json]:
    return sorted(made["files"], key=lambda one: str(one["document"]), reverse=True)


async def _banked(month: October, told: list[Instruction]) -> None:
    edge, bank = month.edge, Bank()
    content = base64.b64encode(bank.statement(*told)).decode()
    for replayed in (False, True):
        taken = await edge.ask("operator", BANK, input={"content": content})
        assert [one["outcome"] for one in taken["entries"]] == ["MATCHED"] * 3
        assert (taken["replayed"], taken["userErrors"]) == (replayed, [])
    assert (await edge.ask("operator", STATE))["state"] == "SETTLED"
    own = await edge.ask("b-till", PAID)
    assert own == [
        {"endToEndId": "2026-10/b", "state": "PAID", "paid": {"amount": "563.86"},
         "partner": {"code": "b"}}
    ]  # fmt: skip
    await _is_in_the_journal(month)
    back = base64.b64encode(bank.statement(told[0].back("MD06"))).decode()
    taken = await edge.ask("operator", BANK, input={"content": back})
    assert [one["outcome"] for one in taken["entries"]] == ["RETURNED"]
    assert (await edge.ask("operator", STATE))["state"] == "INSTRUCTED"


async def _is_in_the_journal(month: October) -> None:
    """Cash is what was collected less what was paid, and nobody owes anything any more."""
    world = month.world
    period = await world.period(OCTOBER)
    async with world.database.reading(EVERYTHING) as connection:
        entries = await settlement.money_entries(connection, period.id)
    codes = {one.id: one.code for one in (await world.office.terms()).partners}
    journal = documents.Journal(period.label, period.calendar, entries, {}, codes)
    content = documents.journal_csv(journal).decode()
    left: dict[tuple[str, str], Decimal] = {}
    for row in csv.DictReader(io.StringIO(content)):
        key = row["account_name"], row["currency"]
        left[key] = (
            left.get(key, Decimal(0)) + Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
        )
    assert (left["CASH", "EUR"], left["CASH", "GBP"]) == (Decimal("1363.68"), Decimal("-303.50"))
    for account in ("RECEIVABLE", "PAYABLE"):
        for currency in ("EUR", "GBP"):
            assert left.get((account, currency), 0) == 0
