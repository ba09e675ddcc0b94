"""`coalition points import` as an operator types it: what is shown, and what is to be signed."""

import json
from pathlib import Path

from tests.cli.shell import Shell
from tests.opening.balances import OldBooks, a_lot
from tests.support import World, assert_books_balance, nothing_moves


async def test_what_is_carried_over_is_shown_before_and_once_posted(
    world: World, shell: Shell, tmp_path: Path
) -> None:
    await world.apply()
    books = OldBooks([a_lot("G-1", 1000, "7001"), a_lot("B-1", 250, "7001", issuer="bakery")])
    (tmp_path / "old.csv").write_bytes(books.csv())
    async with nothing_moves(world):
        dry = await shell.run("points", "import", "old.csv", "--enrol", "--dry-run")
        unknown = await shell.run("points", "import", "old.csv")
    assert dry.code == 0, dry.err
    for text in ("A dry run", "Old Club", "grocer", "1,000", "1,250", "1 of them enrolled now"):
        assert text in dry.out
    assert (unknown.code, "OPENING_MEMBERS_UNKNOWN" in unknown.err) == (1, True)
    done = await shell.run("points", "import", "old.csv", "--enrol", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["members"], told["enrolled"], told["repeated"]) == (1, 1, False)
    assert told["issuers"] == [
        {"issuer": "bakery", "lots": 1, "points": 250, "billed": "paid"},
        {"issuer": "grocer", "lots": 1, "points": 1000, "billed": "paid"},
    ]
    await assert_books_balance(world)
