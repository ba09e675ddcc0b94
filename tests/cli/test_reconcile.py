"""`coalition reconcile` as an operator types it, or cron does: what is shown, and exit codes."""

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.reconciliation.books import PartnerFile, at, send, true_file
from tests.support import World, a_bakery, a_grocer, nothing_moves


@pytest.fixture
async def march(world: World) -> PartnerFile:
    await world.apply(
        brands=[a_grocer(reconciliation={"open_value_tolerance": "0.70"}), a_bakery()]
    )
    ada = await world.enrol("Ada", card="7001", brand="grocer")
    await world.award("grocer", ada, "100.00", reference="n1-001", at=at(3))
    await world.award("grocer", ada, "60.00", reference="n1-002", at=at(5))
    await world.redeem("grocer", ada, 50, at=at(9))
    return await true_file(world)


async def test_a_file_is_compared_shown_and_told_in_exit_codes(
    world: World, shell: Shell, march: PartnerFile, tmp_path: Path
) -> None:
    path = tmp_path / "march.csv"
    missing = [row for row in march.rows if row["reference"] != "n1-001"]
    path.write_bytes(march.but(rows=missing).csv())
    async with nothing_moves(world):
        dry = await shell.run("reconcile", "march.csv", "--partner", "grocer", "--dry-run")
        refused = await shell.run("reconcile", "march.csv", "--partner", "bakery")
    assert dry.code == 3, dry.err
    assert "A dry run" in dry.out
    assert "MISSING_AT_PARTNER" in dry.out
    assert "100 = 100 missing at the partner" in dry.out
    assert refused.code == 1
    assert "RECONCILIATION_PARTNER_WRONG: Line 1" in refused.err

    above = await shell.run("reconcile", "march.csv", "--partner", "grocer", "--json")
    assert above.code == 3, above.err
    told = json.loads(above.out)
    assert told["open"] == [
        {"partner": "grocer", "items": 1, "value": "1.00", "tolerance": "0.70", "currency": "USD",
         "isAbove": True}
    ]  # fmt: skip
    assert told["identities"]["ISSUED"]["closes"] is True
    async with nothing_moves(world):
        again = await shell.run("reconcile", "march.csv", "--partner", "grocer")
    assert "taken before" in again.out

    (tmp_path / "corrected.ndjson.gz").write_bytes(
        gzip.compress(march.but(sequence=3, rows=march.rows).ndjson())
    )
    closed = await shell.run("reconcile", "corrected.ndjson.gz", "--partner", "grocer")
    assert closed.code == 0, closed.err
    assert "missing between number 1 and" in closed.err


async def test_items_are_shown_by_age_and_resolved(
    world: World, shell: Shell, march: PartnerFile, tmp_path: Path
) -> None:
    (tmp_path / "march.csv").write_bytes(march.but(rows=[]).csv())
    await shell.run("reconcile", "file", "march.csv", "--partner", "grocer")
    shown = await shell.run("reconcile", "items")
    assert shown.code == 0, shown.err
    for text in ("n1-001", "n1-002", "basket", "MISSING_AT_PARTNER", "ASK", "grocer"):
        assert text in shown.out
    aged = await shell.run("reconcile", "ageing")
    assert (aged.code, "2 to 6" in aged.out, "30 and more" in aged.out) == (0, True, True)
    later = await shell.run("reconcile", "ageing", "--as-of", "2099-01-01", "--json")
    (of_grocer,) = json.loads(later.out)
    assert (later.code, of_grocer["unowned"], of_grocer["bands"][-1]["items"]) == (3, 3, 3)
    none = await shell.run("reconcile", "items", "--overdue")
    assert (none.code, "Differences: 0" in none.out) == (0, True)
    late = await shell.run("reconcile", "items", "--overdue", "--as-of", "2099-01-01", "--json")
    assert late.code == 3
    found = json.loads(late.out)
    assert [one["overdue"] for one in found] == [True] * 3
    item = found[0]["id"]
    async with nothing_moves(world):
        dry = await shell.run(
            "reconcile", "resolve", item, "REVERSE", "--note", "nobody has it", "--dry-run"
        )
        wrong = await shell.run("reconcile", "resolve", item, "POST", "--note", "x")
        strange = await shell.run("reconcile", "resolve", "rci_x", "ACCEPT", "--note", "x")
    assert "is reversed (a dry run)" in dry.out, dry.err
    assert "RECONCILIATION_ACTION_NOT_OPEN" in wrong.err
    assert "RECONCILIATION_ITEM_NOT_FOUND" in strange.err
    done = await shell.run("reconcile", "resolve", item, "ACCEPT", "--note", "the till was down")
    assert "is accepted." in done.out, done.err
    async with nothing_moves(world):
        again = await shell.run(
            "reconcile", "resolve", item, "ACCEPT", "--note", "the till was down", "--json"
        )
    answer = json.loads(again.out)
    assert (answer["id"], answer["state"], answer["replayed"], answer["dryRun"]) == (
        item, "accepted", True, False,
    )  # fmt: skip
    ran = await shell.run("reconcile", "run", "--json")
    assert (ran.code, json.loads(ran.out)["compared"]) == (3, 0)
    (open_,) = json.loads(ran.out)["open"]
    assert (open_["items"], open_["value"]) == (2, "1.00")
    # A corrected file has come by the API, and waits for its turn.
    await send(world, march.but(sequence=2, rows=march.rows[1:]))
    async with nothing_moves(world):
        dry = await shell.run("reconcile", "run", "--dry-run", "--json")
    ran = await shell.run("reconcile", "run", "--json")
    assert (ran.code, json.loads(ran.out)["compared"]) == (0, 1)
    assert (dry.code, json.loads(dry.out)) == (0, json.loads(ran.out) | {"dryRun": True})


async def test_what_cannot_be_compared_is_told_in_a_line(
    world: World, shell: Shell, march: PartnerFile, tmp_path: Path
) -> None:
    del march
    for name in ("notes.txt", "empty.csv"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "bad.csv.gz").write_bytes(b"x" * 100)
    of_march = ("--partner", "grocer", "--period", "2026-03")
    said = {
        ("nothing.csv", "--partner", "grocer"): "is not a file",
        ("notes.txt", "--partner", "grocer"): "must end in .csv or .ndjson",
        ("empty.csv", "--partner", "grocer"): "say --period",
        ("empty.csv", "--partner", "butcher"): "There is no brand 'butcher'",
        ("empty.csv", *of_march): "is empty",
        ("bad.csv.gz", *of_march): "not gzip",
    }
    async with nothing_moves(world):
        ran = await asyncio.gather(*(shell.run("reconcile", *words) for words in said))
    for one, text in zip(ran, said.values(), strict=True):
        assert one.code == 1
        assert text in one.err
        assert "Traceback" not in one.err


async def test_an_item_is_disputed_by_its_id(
    world: World, shell: Shell, march: PartnerFile, tmp_path: Path
) -> None:
    rows = [row for row in march.rows if row["reference"] != "n1-002"]
    (tmp_path / "march.csv").write_bytes(march.but(rows=rows).csv())
    await shell.run("reconcile", "file", "march.csv", "--partner", "grocer")
    (item,) = [
        one["id"] for one in json.loads((await shell.run("reconcile", "items", "--json")).out)
    ]
    typed = ("settlement", "disputes", "open", item, "--reason", "DUPLICATE")
    async with nothing_moves(world):
        early = await shell.run(*typed)
        strange = await shell.run(*typed[:3], "rci_x", *typed[4:])
    assert (early.code, "DISPUTE_NOT_VALID: The statement of 2026-03 is not out" in early.err) == (
        1, True,
    )  # fmt: skip
    assert (strange.code, "RECONCILIATION_ITEM_NOT_FOUND" in strange.err) == (1, True)
    closed = await shell.run("settlement", "close", "2026-03")
    assert closed.code == 0, closed.err
    async with nothing_moves(world):
        dry = await shell.run(*typed, "--dry-run")
    assert (dry.code, "would be opened" in dry.out) == (0, True), dry.err
    opened = json.loads((await shell.run(*typed, "--json")).out)
    assert (opened["state"], opened["amount"], opened["replayed"]) == ("OPEN", "0.60", False)
    async with nothing_moves(world):
        again = await shell.run(*typed)
    assert "done before" in again.out, again.err
