"""What docs/webhooks.md shows is run: its document, its programs, its table."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from coalition.webhooks.schedule import WAITS
from tests.support.node import TESTS, run_node

from .listening import Listening

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def _program(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_table_of_tries_is_the_schedule() -> None:
    (row,) = re.findall(r"^\| after the one before \|(.*)\|$", PAGE, re.MULTILINE)
    units = {"s": "seconds", "min": "minutes", "h": "hours"}
    written = [one.split() for one in row.split("|")]
    assert tuple(timedelta(**{units[unit]: int(number)}) for number, unit in written) == WAITS


async def test_the_programs_of_the_page_take_in_a_message(
    listening: Listening, tmp_path: Path
) -> None:
    document = _program("graphql").replace(
        '"https://hooks.example.com/points"', f'"{listening.receiver.url()}"'
    )
    made = await listening.edge.ask("bakery-till", document)
    assert made["userErrors"] == []
    ada = await listening.world.enrol("Ada")
    await listening.world.award("bakery", ada, "50.00")
    await listening.round()
    (told,) = listening.receiver.received

    names: dict[str, object] = {}
    exec(_program("python"), names)  # noqa: S102 - our own page
    received: Callable[..., object] = names["received"]  # type: ignore[assignment]
    assert received(made["secret"], told.headers, told.body) == told.content
    assert received(made["secret"], told.headers, told.body + b" ") is None

    # Beside the packages, so that the program finds them.
    (tmp_path / "node_modules").symlink_to(TESTS / "npm" / "node_modules")
    script = tmp_path / "page.mjs"
    script.write_text(
        _program("js") + "\nconst [secret, headers, body] = JSON.parse(process.argv[2]);"
        "\nconsole.log(JSON.stringify([received(secret, headers, body),"
        " received(secret, headers, body + ' ')]));\n"
    )
    ran = run_node(script, json.dumps([made["secret"], told.headers, told.body.decode()]))
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [told.content, None]


def test_the_message_of_the_page_has_the_fields_of_a_message() -> None:
    shown = json.loads(_program("json"))
    assert list(shown) == ["type", "timestamp", "id", "sequence", "cursor", "data"]
