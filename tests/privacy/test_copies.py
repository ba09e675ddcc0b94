"""A member gets everything that is kept about it, and nobody else does."""

import csv
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from coalition import consents, privacy
from coalition.consents import Choice, Purpose
from coalition.jobs.job import Desk
from coalition.jobs.make_copies import make_copies
from coalition.kit.config import Settings
from coalition.pages import LANGUAGES
from coalition.privacy.archive import README, SECTIONS
from tests.support import World, a_bakery, a_grocer
from tests.support.edge import Edge, edge_of
from tests.support.holders import Holder, a_holder

ASK = """mutation { requestDataCopy { copy { state path } userErrors { code } } }"""
MY_DATA = """{ myData { pointsToLose coolOffDays erasure { dueAt }
  copies { state path readyAt expiresAt fetchedAt }
  sharing { partner { code } notedUnder movements told { event times } } } }"""


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=[a_grocer(minimum_redemption="10"), a_bakery()])
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def ada(world: World, edge: Edge) -> Holder:
    """She has done a bit of everything."""
    holder = await a_holder(world, await world.enrol("Ada", card="7001"), edge, locale="de")
    await world.award("grocer", holder.who, "1000", reference="=SUM(A1)")
    await world.redeem("grocer", holder.who, 100)
    choice = Choice(Purpose.MARKETING, partner="bakery", version=1)
    await consents.give_consent(world.office, actor=holder.actor(), choice=choice, now=world.now)
    return holder


async def _make(world: World) -> str:
    return await make_copies(Desk(world.office, Settings(), world.clock))


async def _fetch(edge: Edge, client: str, path: str) -> httpx2.Response:
    token = await edge.token(client)
    return await edge.http.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_a_copy_is_made_by_the_worker_and_fetched_by_its_member(
    world: World, edge: Edge, ada: Holder
) -> None:
    """CM1, MW6."""
    asked = (await edge.ask(ada.client, ASK))["copy"]
    assert asked == {"state": "WAITING", "path": None}
    again = (await edge.ask(ada.client, ASK))["copy"]
    assert again == asked
    assert await _make(world) == "1 copies made"
    (copy,) = (await edge.ask(ada.client, MY_DATA))["copies"]
    assert copy["state"] == "READY"
    answer = await _fetch(edge, ada.client, copy["path"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {
            "data.json", "README.txt", *(f"{name}.csv" for name in SECTIONS),
        }  # fmt: skip
        data = json.loads(archive.read("data.json"))["sections"]
        movements = list(csv.DictReader(io.StringIO(archive.read("movements.csv").decode())))
        purchases = archive.read("purchases.csv").decode()
        readme = archive.read("README.txt").decode()
    assert data["profile"][0]["given_name"] == "Ada"
    assert data["identifiers"][0]["value"] == "7001"
    assert data["logins"][0]["email"] == "ada@example.com"
    assert [(one["brand"], one["kind"], one["points"]) for one in data["movements"]] == [
        ("grocer", "AWARD", 1000), ("grocer", "REDEMPTION", -100),
    ]  # fmt: skip
    assert [(one["brand"], one["points"]) for one in movements] == [
        ("grocer", "1000"), ("grocer", "-100"),
    ]  # fmt: skip
    assert data["consents"][0]["brand"] == "bakery"
    assert "'=SUM(A1)" in purchases, "no spreadsheet runs what a brand named a purchase"
    assert readme.startswith("Deine Daten bei ")
    assert "movements.csv: Jede Bewegung deiner Punkte." in readme
    text = json.dumps(data)
    assert "password" not in text
    # Told once that it was fetched.
    assert (await edge.ask(ada.client, MY_DATA))["copies"][0]["fetchedAt"] is not None


def test_what_a_copy_holds_is_said_in_every_language_of_the_pages() -> None:
    assert set(README) == set(LANGUAGES)
    for words in README.values():
        assert list(words) == list(README["en"])
        assert re.findall(r"\{\w+\}", words["title"]) == ["{programme}", "{moment}"]
    for one, *others in zip(*(words.values() for words in README.values()), strict=True):
        assert one not in others, "it is not translated"


async def test_a_copy_is_its_members_alone_and_for_a_while(
    world: World, edge: Edge, ada: Holder
) -> None:
    bo = await a_holder(world, await world.enrol("Bo"), edge)
    await edge.ask(ada.client, ASK)
    await _make(world)
    path = (await edge.ask(ada.client, MY_DATA))["copies"][0]["path"]
    unknown = "/copies/dat_aaaaaaaaaaaaaaaaaaaaaaaaaa.zip"

    def plain(answer: httpx2.Response) -> tuple[int, object]:
        body = answer.json()
        for error in body["errors"]:
            error["extensions"].pop("requestId")
        return answer.status_code, body

    foreign = plain(await _fetch(edge, bo.client, path))
    assert foreign[0] == 404
    assert foreign == plain(await _fetch(edge, bo.client, unknown))
    assert (await edge.http.get(path)).status_code == 401
    assert (await _fetch(edge, "grocer-till", path)).status_code == 403
    world.now += timedelta(hours=48)
    assert plain(await _fetch(edge, ada.client, path)) == foreign
    assert await privacy.clean_copies(world.database, now=world.now) == 1
    assert await world.rows("SELECT state, content FROM data_copy") == [("ended", None)]
    (copy,) = (await edge.ask(ada.client, MY_DATA))["copies"]
    assert (copy["state"], copy["path"]) == ("ENDED", None)


async def test_a_worker_that_is_killed_leaves_the_copy_to_another(
    world: World, edge: Edge, ada: Holder
) -> None:
    await edge.ask(ada.client, ASK)
    await world.database.call(
        "claim_copy", "00000000-0000-0000-0000-000000000001", world.now,
        world.now + timedelta(minutes=5),
    )  # fmt: skip
    assert await _make(world) == ""
    world.now += timedelta(minutes=5)
    assert await _make(world) == "1 copies made"


async def test_a_member_sees_which_brand_got_what(world: World, edge: Edge, ada: Holder) -> None:
    await world.superuser.execute(
        "INSERT INTO identifier (kind, partner_id, value, member_id)"
        " VALUES ('EMAIL', $1, 'ada@example.com', $2)",
        world.partner("grocer").id, ada.who.member_id,
    )  # fmt: skip
    found = await edge.ask(ada.client, MY_DATA)
    assert found["sharing"] == [
        {"partner": {"code": "grocer"}, "notedUnder": ["EMAIL"], "movements": 2, "told": []}
    ]
    assert (found["pointsToLose"], found["coolOffDays"]) == ("900", 14)
