"""`coalition settlement pay`, `bank` and `disputes` as an operator types them, or cron does."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.disputes.lines import a_published_month, opened, says
from tests.payments.bank import Bank
from tests.payments.brands import (
    JANUARY,
    a_coalition_of,
    a_month,
    four_brands,
    instruct,
    sent,
    state,
)
from tests.support import World, a_bakery, a_florist, a_grocer, assert_books_balance, nothing_moves


@pytest.mark.long
async def test_a_month_is_paid_from_the_terminal_and_the_banks_file_comes_back(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await four_brands(world)
    pay = ("settlement", "pay", JANUARY)
    async with nothing_moves(world):
        dry = await shell.run(*pay, "--dry-run", "--as-of", "2026-02-02T17:00:00", "--json")
        dated_back = await shell.run(*pay, "--as-of", "2026-02-02T17:00:00")
        ahead = await shell.run(*pay, "--dry-run", "--as-of", "2199-01-01T00:00:00")
    assert dry.code == 0, dry.err
    told = json.loads(dry.out)
    assert {one["endToEndId"] for one in told["payments"]} == {
        "2026-01/bakery", "2026-01/florist", "2026-01/grocer", "2026-01/parfum",
    }  # fmt: skip
    assert (dated_back.code, "goes with --dry-run" in dated_back.err) == (1, True)
    assert (ahead.code, "is in the future" in ahead.err) == (1, True)

    made = await shell.run(*pay, "--to", "outbox", "--json")
    assert made.code == 0, made.err
    written = [Path(one) for one in json.loads(made.out)["written"]]
    assert {(tmp_path / one).stat().st_mode & 0o777 for one in written} == {0o600}
    assert len(written) == 3
    async with nothing_moves(world):
        again = await shell.run(*pay, "--to", "outbox")
        nothing_failed = await shell.run(*pay, "--again")
    assert "nothing has changed" in again.out
    assert (nothing_failed.code, "No payment of 2026-01" in nothing_failed.out) == (0, True)

    bank = Bank()
    sent = [one for file in written for one in bank.takes((tmp_path / file).read_bytes())]
    (tmp_path / "statement.xml").write_bytes(bank.statement(*sent))
    (tmp_path / "back.xml").write_bytes(bank.statement(sent[0].back("AC04")))
    async with nothing_moves(world):
        rehearsed = await shell.run("settlement", "bank", "statement.xml", "--dry-run", "--json")
    assert rehearsed.code == 0, rehearsed.err
    assert json.loads(rehearsed.out)["dryRun"] is True
    taken = await shell.run("settlement", "bank", "statement.xml", "--json")
    assert [one["outcome"] for one in json.loads(taken.out)["entries"]] == ["MATCHED"] * 3
    back = await shell.run("settlement", "bank", "back.xml")
    assert (back.code, "RETURNED" in back.out, "AC04" in back.out) == (3, True, True), back.err
    (tmp_path / "evil.xml").write_bytes(b'<!DOCTYPE a [<!ENTITY x "y">]><Document>&x;</Document>')
    async with nothing_moves(world):
        evil = await shell.run("settlement", "bank", "evil.xml")
    assert (evil.code, "BANK_FILE_NOT_VALID" in evil.err) == (1, True)
    await assert_books_balance(world)


async def test_what_the_bank_may_have_told_before_is_shown_and_resolved(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await a_coalition_of(world, [a_grocer(), a_florist()])
    await a_month(world, given={"florist": "4000"}, spent={})
    (debit,) = sent(await instruct(world)).values()
    bank, half = Bank(), debit.unreferenced().with_amount("39.20")
    (tmp_path / "first.xml").write_bytes(bank.statement(half))
    again = bank.statement(half).replace(b"<MsgId>STMT-2", b"<MsgId>STMT-[/x]")
    (tmp_path / "again.xml").write_bytes(again)
    first = await shell.run("settlement", "bank", "first.xml")
    assert first.code == 0, first.err
    for shown in ("PARTIAL", "florist", "2026-01/florist", "39.20 EUR"):
        assert shown in first.out
    told = await shell.run("settlement", "bank", "again.xml")
    assert (told.code, "STMT-[/x] (camt.053.001.08)" in told.out) == (3, True), told.err
    name = told.out.split()[-1]
    show = ("settlement", "payments", JANUARY)
    waits = await shell.run(*show)
    assert (waits.code, name in waits.out, "PARTLY_PAID" in waits.out) == (3, True, True)
    resolve = ("settlement", "resolve-bank-entry", name, "--reason", "it called us")
    async with nothing_moves(world):
        dry = await shell.run(*resolve, "--as", "another", "--dry-run", "--json")
        unknown = await shell.run(*resolve[:2], "bke_[/x]", *resolve[3:], "--as", "same")
    (entry,) = json.loads(dry.out)["entries"]
    assert (entry["resolvedAs"], entry["booked"], entry["replayed"]) == ("MATCHED", "39.20", False)
    assert (unknown.code, "BANK_ENTRY_NOT_FOUND" in unknown.err) == (1, True)
    resolved = await shell.run(*resolve, "--as", "another")
    assert (resolved.code, "MATCHED" in resolved.out) == (0, True), resolved.err
    async with nothing_moves(world):
        before = await shell.run(*resolve, "--as", "another")
        other = await shell.run(*resolve, "--as", "same")
    assert (before.code, "said before" in before.out) == (0, True)
    assert (other.code, "BANK_ENTRY_RESOLVED" in other.err) == (1, True)
    paid = await shell.run(*show, "--json")
    found = json.loads(paid.out)
    assert [(one["partner"], one["paid"], one["state"]) for one in found["payments"]] == [
        ("florist", "78.40", "PAID")
    ]
    assert [one["resolvedAs"] for one in found["bankEntries"]] == [None, "MATCHED"]
    assert (paid.code, await state(world)) == (0, "settled")
    await assert_books_balance(world)


async def test_a_month_that_cannot_be_paid_says_whether_it_can_later(
    world: World, shell: Shell
) -> None:
    await a_coalition_of(world, [a_grocer(), a_florist(), a_bakery()], without_mandate=("florist",))
    await a_month(world, given={"florist": "4000"}, spent={"bakery": 100}, approved=False)
    async with nothing_moves(world):
        early = await shell.run("settlement", "pay", JANUARY)
    assert (early.code, "2026-01 is closed" in early.err) == (3, True), early.err
    await world.approve(JANUARY)
    async with nothing_moves(world):
        refused = await shell.run("settlement", "pay", JANUARY, "--to", "outbox")
    assert refused.code == 1
    assert "MANDATE_NOT_USABLE: florist owes 78.40 EUR" in refused.err


async def test_a_dispute_is_listed_answered_decided_and_told_in_exit_codes(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await a_published_month(world)
    dispute = await opened(world, message="We [bold]never[/bold] agreed to that.")
    await says(world, "grocer", dispute)
    disputes = ("settlement", "disputes")
    listed = await shell.run(*disputes, "list", "--json")
    (one,) = json.loads(listed.out)
    assert (one["partner"], one["state"], one["turn"], one["amount"]) == (
        "grocer", "PARTNER_EVIDENCE", "OPERATOR", "90.00",
    )  # fmt: skip
    # The five days were over in February.
    late = await shell.run(*disputes, "list", "--overdue")
    assert (late.code, "Disputes: 1" in late.out) == (3, True)
    on_time = await shell.run(*disputes, "list", "--overdue", "--as-of", "2026-02-03T00:00:00")
    assert (on_time.code, "Disputes: 0" in on_time.out) == (0, True)
    none = await shell.run(*disputes, "list", "--partner", "nobody")
    assert (none.code, "no brand nobody" in none.err) == (1, True)
    async with nothing_moves(world):
        rehearsed = await shell.run("settlement", "expire-disputes", "--dry-run", "--json")
        not_yet = await shell.run(
            "settlement", "expire-disputes", "--as-of", "2026-02-03T00:00:00", "--json"
        )
    assert (json.loads(rehearsed.out)["ended"], json.loads(not_yet.out)["ended"]) == (1, 0)

    (tmp_path / "rolls.pdf").write_bytes(b"%PDF-1.7 till rolls")
    say = (*disputes, "answer", one["id"], "-m", "See our rolls.", "--evidence", "rolls.pdf")
    said = await shell.run(*say, "--json")
    assert said.code == 0, said.err
    assert (json.loads(said.out)["isLate"], json.loads(said.out)["state"]) == (
        True, "OPERATOR_REPLY",
    )  # fmt: skip
    async with nothing_moves(world):
        assert json.loads((await shell.run(*say, "--json")).out)["replayed"] is True
    shown = await shell.run(*disputes, "show", one["id"])
    for text in ("[bold]never[/bold]", "rolls.pdf", "REPLY (late)", "See our rolls."):
        assert text in re.sub(r"\s+", " ", shown.out), shown.out

    decide = (*disputes, "decide", one["id"], "-m", "Half of it.", "--authorised")
    async with nothing_moves(world):
        for amount, why in (("ninety", "is not an amount"), ("90.01", "DISPUTE_NOT_VALID")):
            refused = await shell.run(*decide, amount)
            assert (refused.code, why in refused.err) == (1, True), refused.err
        dry = await shell.run(*decide, "45", "--dry-run", "--json")
        unknown = await shell.run(*disputes, "show", "dsp_nothing")
    assert json.loads(dry.out)["decidedAs"] == "PARTIAL"
    assert (unknown.code, "DISPUTE_NOT_FOUND" in unknown.err) == (1, True)
    decided = await shell.run(*decide, "45", "--json")
    assert (decided.code, json.loads(decided.out)["authorised"]) == (0, "45.00"), decided.err
    world.now += timedelta(days=1)
    assert json.loads((await shell.run(*disputes, "list", "--json")).out) == []
    await assert_books_balance(world)
