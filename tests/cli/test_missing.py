"""coalition missing: what brands have not answered, for people and for cron."""

import json
from datetime import UTC, timedelta

from tests.cli.shell import Shell
from tests.support import World, nothing_moves
from tests.support.missing import Desk


async def test_what_is_overdue_is_listed_and_tells_cron(world: World, shell: Shell) -> None:
    await world.apply()
    desk, ada = Desk(world), await world.enrol("Ada")
    late = await desk.report(ada, reference="[red]R-1")
    await desk.ask("bakery", await desk.report(ada, reference="R-2"))
    await desk.withdraw(ada, await desk.report(ada, "grocer", reference="R-3"))
    soon = (world.now + timedelta(days=11)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    async with nothing_moves(world):
        shown = await shell.run("missing", "list", "--json")
        assert [(one["reference"], one["state"]) for one in json.loads(shown.out)] == [
            ("[red]R-1", "OPEN"), ("R-2", "ASKED"),
        ]  # fmt: skip
        everything = await shell.run("missing", "list", "--all", "--partner", "grocer")
        assert (everything.code, "R-3" in everything.out) == (0, True)
        overdue = await shell.run("missing", "list", "--overdue", "--as-of", soon)
        assert (overdue.code, "[red]R-1" in overdue.out, "R-2" in overdue.out) == (3, True, False)
        unknown = await shell.run("missing", "list", "--partner", "nobody")
        assert (unknown.code, "There is no brand nobody" in unknown.err) == (1, True)
    assert late > 0
