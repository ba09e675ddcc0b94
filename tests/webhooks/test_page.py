"""What docs/webhooks.md shows is run: its document, its programs, its table."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from coalition.webhooks.schedule import WAITS
from tests.support.node import TESTS, run_node

from .listening import Listening
from .receiver import said

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def _programs(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _program(language: str) -> str:
    (found,) = _programs(language)
    return found


def _document(field: str) -> str:
    """The one document of the page that asks for this field."""
    (found,) = [one for one in _programs("graphql") if re.search(rf"\b{field}\(", one)]
    return found


def test_the_table_of_tries_is_the_schedule() -> None:
    (row,) = re.findall(r"^\| after the one before \|(.*)\|$", PAGE, re.MULTILINE)
    units = {"s": "seconds", "min": "minutes", "h": "hours"}
    written = [one.split() for one in row.split("|")]
    assert tuple(timedelta(**{units[unit]: int(number)}) for number, unit in written) == WAITS


async def test_the_programs_of_the_page_take_in_a_message(
    listening: Listening, tmp_path: Path
) -> None:
    document = _document("createWebhookEndpoint").replace(
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
    # What the page's program defines.
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


async def test_the_documents_of_the_page_lead_from_a_failure_to_a_replay(
    listening: Listening,
) -> None:
    edge, world = listening.edge, listening.world
    made = await listening.register()
    endpoint = made["webhookEndpoint"]["id"]

    tried = await edge.ask("bakery-till", _document("sendTestEvent"), endpoint=endpoint)
    assert (tried["userErrors"], tried["delivery"]["state"]) == ([], "WAITING")
    assert (await listening.round()).delivered == 1

    listening.receiver.answer = lambda _: said(500)
    began = world.now
    await world.award("bakery", await world.enrol("Ada"), "50.00")
    assert (await listening.round()).to_retry == 1
    found = await edge.ask("bakery-till", _document("deliveries"), endpoint=endpoint)
    (waiting,) = found["deliveries"]["nodes"]
    assert (waiting["event"], waiting["state"]) == ("AWARD_RECORDED", "WAITING")
    assert [one["status"] for one in waiting["attempts"]] == [500]

    listening.receiver.answer = lambda _: said(204)
    again = await edge.ask(
        "bakery-till", _document("resendWebhookDelivery"), delivery=waiting["id"]
    )
    assert (again["userErrors"], again["delivery"]["state"]) == ([], "WAITING")
    assert (await listening.round()).delivered == 1
    replayed = await edge.ask(
        "bakery-till", _document("replayWebhookEvents"),
        endpoint=endpoint, since=began.isoformat(),
    )  # fmt: skip
    assert (replayed["userErrors"], replayed["queued"]) == ([], 1)
    assert (await listening.round()).delivered == 1

    rotate = _document("rotateWebhookSecret")
    rotated = await edge.ask("bakery-till", rotate, endpoint=endpoint)
    assert rotated["secret"] not in {None, made["secret"]}
    assert (await edge.ask("bakery-till", rotate, endpoint=endpoint))["secret"] is None
    assert listening.receiver.ids() == [tried["delivery"]["id"], *[waiting["id"]] * 3]


def test_every_document_of_the_page_is_run_here() -> None:
    assert len(_programs("graphql")) == 6


def test_the_message_of_the_page_has_the_fields_of_a_message() -> None:
    shown = json.loads(_program("json"))
    assert list(shown) == ["type", "timestamp", "id", "sequence", "cursor", "data"]
