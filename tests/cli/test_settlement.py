"""A period led by commands, as a scheduler runs them: dry, by another moment, for programs, with an
exit code for each way that it may end.
"""

import inspect
import json
from datetime import UTC, datetime

import pytest
import typer

from coalition.cli import disputes, rates, reconcile, settlement
from coalition.settlement import State
from tests.support import (
    World,
    a_bakery,
    a_florist,
    a_grocer,
    assert_books_balance,
    nothing_moves,
)
from tests.support.commands import Ran

from .shell import Shell

JANUARY = "2026-01"
ROWS = """key,partner,source,authorised,points,price,amount,currency,corrects,statement,line,reason
a-1,grocer,DISPUTE:d-1,5.00,300,0.0100,,,,2026-01/grocer,1,Billed twice
a-2,bakery,GOODWILL:g-1,2.50,,,2.50,,REDEMPTION,,,"Sorry, and thanks"
"""
# What nobody may date: the database's clock says when these were done.
_NOT_DATED = {"approve", "advance", "lock", "waive", "correct", "exchange", "pay", "bank",
              "resolve-bank-entry",
              "rates load"}  # fmt: skip
_ONLY_READS = {
    "liability",
    "coverage",
    "flows",
    "concentration",
    "revenue",
    "forecast",
    "status",
    "netting",
    "payments",
    "statements",
    "treasury",
    "roll-forward",
    "export",
}


_ONLY_LOOKS = {"list", "show", "items", "ageing"}
_LOOKS_AT_TIME = {"list", "items", "ageing", "run"}


async def _a_january(world: World, settles: object = None) -> None:
    await world.apply(brands=[a_grocer(), a_bakery(), a_florist()], settlement=settles or {})
    world.now = datetime(2026, 1, 20, 17, tzinfo=UTC)
    ada = await world.enrol("Ada")
    await world.award("grocer", ada, "1500")
    await world.redeem("bakery", ada, 400)
    await world.redeem("florist", ada, 1000)
    world.now = datetime.now(UTC)


def _commands(app: typer.Typer) -> dict[str, set[str]]:
    """The parameters of each command, by its name."""
    found = {}
    for one in app.registered_commands:
        assert one.callback is not None
        name = one.name or one.callback.__name__.replace("_", "-")
        found[name] = set(inspect.signature(one.callback).parameters)
    return found


def test_every_command_is_made_for_a_scheduler() -> None:
    for name, asked in _commands(settlement.app).items():
        assert "as_json" in asked or name == "export", name
        assert name in _ONLY_READS or "dry_run" in asked, name
        assert name in _ONLY_READS | _NOT_DATED or "as_of" in asked, name
    for app in (disputes.app, rates.app, reconcile.app):
        for name, asked in _commands(app).items():
            assert "as_json" in asked, name
            assert name in _ONLY_LOOKS or "dry_run" in asked, name
            assert name not in _LOOKS_AT_TIME or "as_of" in asked, name


async def test_what_is_dry_is_said_to_be(world: World, shell: Shell) -> None:
    """Each command that may be dry says so to programs, whatever it would have done."""
    await _a_january(world)
    async with nothing_moves(world):
        for typed in (
            ("reconcile", "run"), ("settlement", "expire-disputes"),
            ("reconcile", "run", "--as-of", "2027-01-01T00:00:00"),
        ):  # fmt: skip
            ran = await shell.run(*typed, "--dry-run", "--json")
            assert (ran.code, json.loads(ran.out)["dryRun"]) == (0, True), ran.err
        dated = await shell.run("reconcile", "run", "--as-of", "2027-01-01T00:00:00")
        assert (dated.code, "--as-of goes with --dry-run" in dated.err) == (1, True)


@pytest.mark.long
async def test_a_period_is_closed_approved_and_locked_by_commands(
    world: World, shell: Shell
) -> None:
    await _a_january(world, {"netting": "USD", "fx_source": "bank"})
    async with nothing_moves(world):
        early = await shell.run("settlement", "close", JANUARY, "--as-of", "2026-01-31T23:00:00")
        assert (early.code, early.err.split(":")[0]) == (3, "PERIOD_NOT_ENDED")
        never = await shell.run("settlement", "close", JANUARY, "--as-of", "2999-01-01T00:00:00")
        assert (never.code, "is in the future" in never.err) == (1, True)
        dry = await shell.run("settlement", "close", JANUARY, "--dry-run", "--json")
        rolled = await shell.run("settlement", "roll-forward", JANUARY)
        assert rolled.code == 3
        nobody = await shell.run("settlement", "close", "2026-Q1")
        assert (nobody.code, nobody.err.split(":")[0]) == (1, "PERIOD_NOT_FOUND")
        elsewhere = ("settlement", "treasury", JANUARY, "--calendar", "weekly@Asia/Tokyo")
        assert (await shell.run(*elsewhere)).code == 1
    closed = await shell.run("settlement", "close", "--as-of", "2026-02-10T00:00:00", "--json")
    assert closed.code == 0, closed.err
    assert json.loads(closed.out)[0]["hashes"] == json.loads(dry.out)[0]["hashes"]
    again = await shell.run("settlement", "close", "--as-of", "2026-02-10T00:00:00")
    assert (again.code, again.out) == (0, "No period has ended that is not closed.\n")
    async with nothing_moves(world):
        same = await shell.run("settlement", "approve", JANUARY)
        # Without a rate it is not even asked who approves.
        assert (same.code, same.err.split(":")[0]) == (3, "FX_RATE_MISSING")
        for words in (("lock", JANUARY), ("advance", JANUARY, "settled")):
            early = await shell.run("settlement", *words)
            assert (early.code, early.err.split(":")[0]) == (3, "PERIOD_NOT_READY")
    rates = world.write("date,base,quote,rate\n2026-01-31,EUR,USD,1.1\n")
    loaded = await shell.run("settlement", "rates", "load", str(rates), "--json")
    assert json.loads(loaded.out) == {"read": 1, "loaded": 1, "known": 0, "dryRun": False}
    async with nothing_moves(world):
        same = await shell.run("settlement", "approve", JANUARY)
        assert (same.code, same.err.split(":")[0]) == (4, "ANOTHER_PERSON_NEEDED")
    await world.approve(JANUARY)
    shown = json.loads((await shell.run("settlement", "netting", JANUARY, "--json")).out)
    assert {one["partner"]: one["settled"] for one in shown["positions"] if one["partner"]} == {
        "grocer": "15.00", "bakery": "-3.00", "florist": "-7.92",
    }  # fmt: skip

    await _the_pool_buys_euros(world, shell)
    for to in ("instructed", "settled"):
        assert (await shell.run("settlement", "advance", JANUARY, to)).code == 0
    async with nothing_moves(world):
        dry = await shell.run("settlement", "lock", JANUARY, "--dry-run")
        assert dry.out == f"{JANUARY} is settled and would be locked.\n"
    locked = await shell.run("settlement", "lock", JANUARY, "--json")
    assert json.loads(locked.out) == {
        "label": JANUARY, "state": "locked", "alreadyThere": False, "dryRun": False,
    }  # fmt: skip
    assert (await shell.run("settlement", "lock", JANUARY)).out == f"{JANUARY} is locked.\n"
    await assert_books_balance(world)


async def _the_pool_buys_euros(world: World, shell: Shell) -> None:
    """The florist's 7.20 EUR were the pool's to pay: netted in dollars, it lacks nothing more."""
    shown = json.loads((await shell.run("settlement", "treasury", JANUARY, "--json")).out)
    assert shown["currency"] == "USD"
    assert "The pool in 2026-01" in (await shell.run("settlement", "treasury", JANUARY)).out
    bought = ("settlement", "exchange", JANUARY, "EUR", "--rate", "1.2", "--base", "EUR")
    async with nothing_moves(world):
        dry = await shell.run(*bought, "--dry-run", "--json")
        wrong = await shell.run(*bought[:-3], "much", "--base", "EUR")
        assert (wrong.code, "'much' is not a number" in wrong.err) == (2, True)
    if not shown["needs"]:
        assert (dry.code, dry.err.split(":")[0]) == (1, "NOTHING_TO_EXCHANGE")
        return
    assert json.loads(dry.out)["dryRun"] is True
    done = json.loads((await shell.run(*bought, "--json")).out)
    assert json.loads(dry.out) | {"dryRun": False} == done
    again = json.loads((await shell.run(*bought, "--json")).out)
    assert again == done | {"replayed": True}


async def test_a_file_of_adjustments_is_recorded_once_however_often_it_is_given(
    world: World, shell: Shell
) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    file = str(world.write(ROWS))
    async with nothing_moves(world):
        dry = await shell.run("settlement", "adjust", file, "--dry-run", "--json")
        assert dry.code == 0, dry.err
        assert [one["amount"] for one in json.loads(dry.out)] == ["3.00", "2.50"]
    first = await shell.run("settlement", "adjust", file)
    assert first.out.startswith("row 2: 3.00 USD in favour of grocer in 20")
    async with nothing_moves(world):
        again = json.loads((await shell.run("settlement", "adjust", file, "--json")).out)
        assert [one["replayed"] for one in again] == [True, True]
        more = str(world.write(ROWS.replace("a-1", "b-1").replace("300", "301")))
        refused = await shell.run("settlement", "adjust", more, "--json")
        assert refused.code == 1
        assert [one["error"] and one["error"]["code"] for one in json.loads(refused.out)] == [
            "MORE_THAN_AUTHORISED", None,
        ]  # fmt: skip
        wrong = str(world.write(ROWS.replace("300", "many").replace("GOODWILL:g-1", "GOODWILL")))
        told = await shell.run("settlement", "adjust", wrong)
        assert told.code == 1
        for piece in ("'many' is not a whole number", "'GOODWILL' is not KIND:ID"):
            assert piece in told.err
    past = str(world.write(ROWS.replace("a-", "c-").replace(":", ":x")))
    dated = await shell.run(
        "settlement", "adjust", past, "--as-of", "2026-02-03T00:00:00", "--json"
    )
    assert {one["label"] for one in json.loads(dated.out)} == {"2026-02"}
    await assert_books_balance(world)


async def test_open_items_are_waived_by_two_and_a_dry_run_waives_nothing(
    world: World, shell: Shell
) -> None:
    await _a_january(world)
    await world.with_gate("grocer", JANUARY, State.CLOSED, "PAYMENTS", 2)
    stopped = await shell.run("settlement", "close", JANUARY)
    assert (stopped.code, stopped.err.split(":")[0]) == (3, "ITEMS_OPEN")
    words = ("settlement", "waive", JANUARY, "--partner", "grocer", "--subject", "PAYMENTS",
             "--state", "closed", "--reason", "paid by hand")  # fmt: skip
    async with nothing_moves(world):
        dry = json.loads((await shell.run(*words, "--dry-run", "--json")).out)
        assert (dry["openItems"], dry["waivers"], dry["dryRun"]) == (2, 0, True)
        other = await shell.run(*words[:6], "SOMETHING", *words[7:])
        assert (other.code, other.err.split(":")[0]) == (1, "NOTHING_TO_WAIVE")
    for _ in range(2):
        waived = await shell.run(*words)
        # One account is one person, however often it asks.
        assert waived.out.startswith("1 of 2 people have waived 2 items of grocer"), waived.err
    assert (await shell.run("settlement", "close", JANUARY)).code == 3


async def test_every_period_that_has_ended_is_closed_and_what_refuses_one_stops_no_other(
    world: World, shell: Shell
) -> None:
    await _a_january(world)
    await world.with_gate("grocer", JANUARY, State.CLOSED, "PAYMENTS", 2)
    ended = ("settlement", "close", "--as-of", "2026-04-10T00:00:00")
    once = await shell.run(*ended, "--json")
    # February and March are opened by the close of the month before.
    told = {one["label"]: one["error"] and one["error"]["code"] for one in json.loads(once.out)}
    assert told == {JANUARY: "ITEMS_OPEN", "2026-02": None, "2026-03": None}
    assert once.code == 3
    assert "It is cut off already: what comes now is of the next period." in once.err
    assert (await world.period(JANUARY)).state == "calculated"
    async with nothing_moves(world):
        again = await shell.run(*ended)
        assert (again.code, again.err.split(":")[0], again.out) == (3, "ITEMS_OPEN", "")
    await world.with_gate("grocer", JANUARY, State.CLOSED, "PAYMENTS", 0)
    done = await shell.run(*ended)
    assert (done.code, "Period 2026-01" in done.out) == (0, True)
    await assert_books_balance(world)


async def test_a_periods_figures_are_shown_to_people_and_to_programs(
    world: World, shell: Shell
) -> None:
    await _a_january(world)
    await world.close(JANUARY)
    rolled = await shell.run("settlement", "roll-forward", JANUARY, "--json")
    assert json.loads(rolled.out) == [
        {"issuer": "grocer", "opening": 0, "issued": 1500, "returned": 0, "redeemed": 1400,
         "refunded": 0, "expired": 0, "repaid": 0, "relieved": 0, "outstanding": 100}
    ]  # fmt: skip
    table = (await shell.run("settlement", "roll-forward", JANUARY)).out
    assert "Points through 2026-01" in table
    assert "1,500" in table
    calendar = ("--calendar", "monthly@America/New_York")
    shown = await shell.run("settlement", "statements", JANUARY, *calendar, "--json")
    assert {one["partner"]: one["net"] for one in json.loads(shown.out)} == {
        "grocer": "15.00", "bakery": "-3.00", "florist": "-7.20",
    }  # fmt: skip
    nobody = await shell.run("settlement", "statements", JANUARY, "--calendar", "weekly@Asia/Tokyo")
    assert nobody.code == 1
    none = await shell.run("settlement", "netting", JANUARY)
    assert (none.code, "it is netted when it is approved" in none.err) == (3, True)


async def test_rates_are_rehearsed_as_they_are_loaded_and_read_as_everybody_reads_them(
    world: World, shell: Shell
) -> None:
    await world.apply(settlement={"fx_source": "ecb"})

    async def load(rate: str, *more: str) -> Ran:
        file = world.write(f"date,base,quote,rate\n2026-01-31,EUR,USD,{rate}\n")
        return await shell.run("settlement", "rates", "load", str(file), *more)

    async with nothing_moves(world):
        # A rate that is kept is never changed: what may be a slip is none.
        for odd in ("1_1", "1e1", "\u0661.\u0661", "+1.1", "1,1", "NaN", ""):
            refused = await load(odd)
            told = " ".join(refused.err.split())  # a terminal breaks its lines
            assert (refused.code, "nothing was applied" in told) == (1, True), odd
        dry = await load("1.1", "--dry-run")
        assert (dry.code, dry.out) == (0, "1 rates read, 1 would be loaded, 0 known before.\n")
    assert (await load("1.1")).out == "1 rates read, 1 loaded, 0 known before.\n"
    async with nothing_moves(world):
        known = await load("1.10", "--dry-run", "--json")
        assert json.loads(known.out) == {"read": 1, "loaded": 0, "known": 1, "dryRun": True}
        differs = await load("1.2", "--dry-run")
        assert (differs.code, differs.err.split(":")[0]) == (1, "FX_RATE_DIFFERS")
