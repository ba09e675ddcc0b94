"""Mia looks after her account: who knows what of her, what she is written to, and where to."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest
from lxml import html
from structlog.testing import capture_logs

from coalition import joining
from coalition.access import EXPLORER, Actor, ActorKind, Scope
from coalition.jobs.job import Desk
from coalition.jobs.make_copies import make_copies
from coalition.kit.config import Settings
from tests.support import Person, World, nothing_moves
from tests.support.edge import Edge
from tests.support.holders import a_holder
from tests.web.people import Reader, a_reader, text_of

PAGES = {
    "/app/profile": "Your details",
    "/app/linked": "Linked brands and programs",
    "/app/notifications": "Notifications",
    "/app/data": "My data",
    "/app/data/delete": "Delete my account",
    "/app/display": "Language and display",
}
FORMS = (
    "/app/profile", "/app/profile/email", "/app/linked/card", "/app/linked/end",
    "/app/notifications/mails", "/app/notifications/quiet", "/app/notifications/offers",
    "/app/data/copies", "/app/data/delete", "/app/data/keep", "/app/display",
)  # fmt: skip
NAMES = "SELECT given_name, family_name, locale, time_zone FROM member ORDER BY member_id LIMIT 1"
STANDING = "SELECT purpose, partner_id, given, version, locale FROM consent ORDER BY id"


@pytest.fixture
async def reader(world: World, edge: Edge, mia: Person) -> Reader:
    """She is in."""
    made = await a_reader(world, edge, mia)
    await made.get("/app/more")
    return made


async def _say(reader: Reader, path: str, **fields: str) -> httpx2.Response:
    """Send a form, and see the page that it leads to."""
    answer = await reader.post(path, **fields)
    return await reader.get(answer.headers["location"]) if answer.status_code == 303 else answer


def _form(answer: httpx2.Response, action: str, nth: int = 0) -> dict[str, str]:
    """What a browser sends of a form as it stands."""
    form = html.fromstring(answer.text).xpath(f"//form[@action='{action}']")[nth]
    return dict(form.form_values())


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_asks_once_and_runs_nothing_of_others(path: str, reader: Reader) -> None:
    with capture_logs() as logs:
        answer = await reader.get(path)
    assert sum(one["event"] == "graphql" for one in logs) == 1
    assert answer.status_code == 200
    assert html.fromstring(answer.text).findtext(".//h1") == PAGES[path]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"\sstyle=|\son\w+=|javascript:|https?://", answer.text)


async def test_no_form_is_taken_from_another_site(reader: Reader, world: World) -> None:
    async with nothing_moves(world):
        for path in FORMS:
            answer = await reader.http.post(path, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403


async def test_a_name_is_put_right_and_a_bad_one_is_shown_again(
    reader: Reader, world: World
) -> None:
    saved = await _say(reader, "/app/profile", given_name=" Mía ", family_name="Sol")
    assert "Your name is saved." in text_of(saved)
    assert await world.rows(NAMES) == [("Mía", "Sol", None, None)]
    wrong = await _say(reader, "/app/profile", given_name="Mia\u202e", family_name="x" * 101)
    assert wrong.status_code == 422
    assert 'href="#given_name"' in wrong.text
    assert "x" * 101 in wrong.text, "what was typed is kept"
    assert await world.rows(NAMES) == [("Mía", "Sol", None, None)]
    await _say(reader, "/app/profile", given_name="Mía", family_name="")
    assert await world.rows(NAMES) == [("Mía", None, None, None)]


async def test_another_address_needs_a_proof_that_is_fresh(reader: Reader, world: World) -> None:
    """MB9."""
    long_ago = world.now - timedelta(hours=1)
    for table in ("session", "oauth_grant"):
        await world.superuser.execute(f"UPDATE {table} SET proved_at = $1", long_ago)
    refused = await _say(reader, "/app/profile/email", email="new@example.com")
    assert refused.status_code == 422
    assert "Show first that it is you" in text_of(refused)
    assert 'href="/account/confirm?next=%2Fapp%2Fprofile"' in refused.text
    assert "new@example.com" in refused.text
    assert await world.rows("SELECT 1 FROM verification") == []
    await world.superuser.execute("UPDATE session SET proved_at = $1", world.now)
    wrong = await _say(reader, "/app/profile/email", email="nowhere")
    assert wrong.status_code == 422
    assert "Write an e-mail address like ada@example.com." in text_of(wrong)
    asked = await _say(reader, "/app/profile/email", email="new@example.com")
    assert "We have written to the new address." in text_of(asked)
    assert await world.rows("SELECT email FROM verification") == [("new@example.com",)]
    kinds = await world.rows("SELECT kind FROM mail ORDER BY id")
    assert kinds == [("NEW_ADDRESS",), ("ADDRESS_CHANGING",)]


async def test_a_paused_account_and_an_address_that_takes_nothing_are_told(
    reader: Reader, world: World
) -> None:
    now = datetime.now(UTC)
    await world.superuser.execute("UPDATE login SET mail_refused_at = $1", now)
    await world.superuser.execute(
        "UPDATE member SET spend_paused_until = $1", now + timedelta(days=1)
    )
    said = text_of(await reader.get("/app/profile"))
    assert "The last mail to this address came back" in said
    assert "Nothing can be spent until" in said


async def test_a_program_is_shown_with_what_it_may_and_taken_leave_of(
    reader: Reader, world: World, mia: Person
) -> None:
    """M17."""
    await world.award("grocer", mia, "10.00")
    await a_holder(world, await world.enrol("Noor"))
    grant = uuid4()
    await world.superuser.execute(
        "INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at)"
        " SELECT $1, $2, id, '{member:read,member:redeem}', now() FROM login WHERE member_id = $3",
        grant, EXPLORER, mia.member_id,
    )  # fmt: skip
    await world.superuser.execute(
        "INSERT INTO refresh_token (token_hash, grant_id, expires_at)"
        " VALUES ('a', $1, '2026-12-01T10:00Z'), ('b', $1, '2026-12-24T10:00Z')",
        grant,
    )
    said = text_of(await reader.get("/app/linked"))
    assert "see your points, and what you did at all brands spend your points" in said
    assert "Last used Nov 24, 2026" in said
    assert "Ends Dec 24, 2026" in said
    assert "Harvest Grocer" in said
    assert "9840-0000 0001" in said
    asked = await reader.get(f"/app/linked/end?program={EXPLORER}")
    assert "From now on it may no longer:" in text_of(asked)
    assert await world.rows("SELECT count(*) FROM oauth_grant WHERE ended_at IS NOT NULL") == [(0,)]
    done = await _say(reader, "/app/linked/end", **_form(asked, "/app/linked/end"))
    assert "This program may do nothing for you any more." in text_of(done)
    assert "No program may do anything for you." in text_of(done)
    ended = await world.rows("SELECT id FROM oauth_grant WHERE ended_at IS NOT NULL")
    assert ended == [(grant,)], "Noor lets it act for her as before"
    again = await _say(reader, "/app/linked/end", program=EXPLORER)
    assert again.status_code == 200
    assert (await reader.get(f"/app/linked/end?program={EXPLORER}")).status_code == 404
    assert (await reader.get("/app/linked/end?program=web")).status_code == 404


async def test_a_card_is_taken_over_with_the_code_of_a_till(
    reader: Reader, world: World, mia: Person
) -> None:
    del mia
    await world.enrol("Nobody", card="7001")
    staff = Actor(
        ActorKind.PARTNER, "client", frozenset({Scope.MEMBERS_ENROL}),
        partner_id=world.partner("grocer").id,
    )  # fmt: skip
    code = await joining.issue_card_code(
        world.office, actor=staff, card="7001", now=datetime.now(UTC)
    )
    wrong = await _say(reader, "/app/linked/card", card="7001", code="0")
    assert wrong.status_code == 422
    assert "do not belong together" in text_of(wrong)
    assert 'value="7001"' in wrong.text
    done = await _say(reader, "/app/linked/card", card="7001", code=code)
    assert "The card is yours now" in text_of(done)
    assert "7001" in text_of(done)


async def test_mails_are_switched_and_agreed_to_in_one_form(reader: Reader, world: World) -> None:
    """M18, MB10: nothing is on at first."""
    page = await reader.get("/app/notifications")
    form = _form(page, "/app/notifications/mails")
    assert "PROGRAMME_MAILS" not in form
    assert {name for name, value in form.items() if value == "on"} == {
        "EXPIRING_POINTS", "MONTHLY_STATEMENT"
    }  # fmt: skip
    assert "Off" in text_of(await reader.get("/app/expiry"))
    form |= {"PROGRAMME_MAILS": "on"}
    del form["MONTHLY_STATEMENT"]
    saved = await _say(reader, "/app/notifications/mails", **form)
    assert "Saved. It holds from now on." in text_of(saved)
    assert "Agreed on" in text_of(saved)
    assert await world.rows(STANDING) == [("PROGRAMME_MAILS", None, True, 1, "en")]
    assert await world.rows("SELECT kind FROM mail_preference") == [("MONTHLY",)]
    assert "On We write to you" in text_of(await reader.get("/app/expiry"))
    await _say(reader, "/app/notifications/mails", **_form(saved, "/app/notifications/mails"))
    assert len(await world.rows(STANDING)) == 1, "what was left as it stood says nothing"
    kept = _form(saved, "/app/notifications/mails")
    del kept["PROGRAMME_MAILS"]
    gone = await _say(reader, "/app/notifications/mails", **kept)
    assert "Taken back on" in text_of(gone)
    assert (await world.rows(STANDING))[-1] == ("PROGRAMME_MAILS", None, False, 1, "en")


async def test_a_brand_is_agreed_with_alone_in_the_words_that_were_shown(
    reader: Reader, world: World
) -> None:
    await reader.post("/language", language="de", back="/app")
    page = await reader.get("/app/notifications")
    form = _form(page, "/app/notifications/offers", 2)
    assert form["partner"] == "bakery"
    saved = await _say(reader, "/app/notifications/offers", **form, PROFILING="on")
    assert saved.status_code == 200
    bakery = world.partner("bakery").id
    assert await world.rows(STANDING) == [("PROFILING", bakery, True, 1, "de")]
    await world.superuser.execute(
        "INSERT INTO consent_text (purpose, version, locale, text, client_id, request_id)"
        " VALUES ('MARKETING', 2, 'en', '{who} asks in new words.', 'x', $1)",
        uuid4(),
    )
    late = await _say(reader, "/app/notifications/offers", **form, MARKETING="on")
    assert late.status_code == 422
    assert "asks in new words" in text_of(late)
    assert len(await world.rows(STANDING)) == 1
    nobody = await _say(
        reader, "/app/notifications/offers", **form | {"partner": "nobody"}, MARKETING="on"
    )
    assert nobody.status_code == 422
    assert len(await world.rows(STANDING)) == 1


async def test_quiet_hours_are_kept_shown_and_ended(reader: Reader, world: World) -> None:
    hours = "SELECT quiet_from::text, quiet_until::text FROM quiet_hours"
    path = "/app/notifications/quiet"
    saved = await _say(reader, path, **{"from": "22:00", "until": "07:30"})
    assert "Your quiet hours are saved." in text_of(saved)
    assert 'value="22:00"' in saved.text
    assert await world.rows(hours) == [("22:00:00", "07:30:00")]
    for wrong in ({"from": "25:00", "until": "07:00"}, {"from": "09:00", "until": "09:00"},
                  {"from": "09:00", "until": ""}):  # fmt: skip
        refused = await _say(reader, path, **wrong)
        assert refused.status_code == 422
        assert f'value="{wrong["from"]}"' in refused.text
        assert 'aria-invalid="true"' in refused.text
    assert await world.rows(hours) == [("22:00:00", "07:30:00")]
    await _say(reader, path, **{"from": "", "until": ""})
    assert await world.rows(hours) == []


async def test_a_copy_is_asked_for_made_and_fetched(
    reader: Reader, world: World, mia: Person
) -> None:
    """M19."""
    await world.award("grocer", mia, "10.00")
    asked = await _say(reader, "/app/data/copies")
    said = text_of(asked)
    assert "We are making your copy" in said
    assert "Being made" in said
    assert not html.fromstring(asked.text).xpath("//form[@action='/app/data/copies']")
    await make_copies(Desk(world.office, Settings(), lambda: datetime.now(UTC)))
    ready = await reader.get("/app/data")
    (address,) = html.fromstring(ready.text).xpath("//a[@download]/@href")
    file = await reader.http.get(address)
    assert (file.status_code, file.headers["content-type"]) == (200, "application/zip")
    assert file.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
    assert file.headers["cache-control"] == "no-store"
    assert file.content.startswith(b"PK")
    fetched = text_of(await reader.get("/app/data"))
    assert "Fetched on" in fetched
    assert "Harvest Grocer Knows you since" in fetched
    assert "Movements of points there 1" in fetched
    for unknown in ("/app/data/copies/cpy_x.zip", "/app/data/copies/..%2Fgraphql.zip"):
        assert (await reader.get(unknown)).status_code == 404


async def test_an_account_is_deleted_only_by_who_saw_what_is_lost(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "300.00")
    before = await reader.get("/app/data/delete")
    assert "300 points Worth $1.50" in text_of(before)
    assert "For 14 days" in text_of(before)
    form = _form(before, "/app/data/delete")
    assert "understood" not in form
    unread = await _say(reader, "/app/data/delete", **form)
    assert (unread.status_code, "Tick the box first" in unread.text) == (422, True)
    stale = await _say(reader, "/app/data/delete", points="7", understood="on")
    assert (stale.status_code, "have changed meanwhile" in stale.text) == (422, True)
    assert await world.rows("SELECT 1 FROM erasure") == []
    session = "UPDATE session SET proved_at = $1"
    await world.superuser.execute(session, world.now - timedelta(days=1))
    await world.superuser.execute("UPDATE oauth_grant SET proved_at = NULL")
    unproved = await _say(reader, "/app/data/delete", **form, understood="on")
    assert unproved.status_code == 422
    (confirm,) = html.fromstring(unproved.text).xpath("//*[@role='alert']//a/@href")
    assert confirm == "/account/confirm?next=%2Fapp%2Fdata%2Fdelete"
    assert await world.rows("SELECT 1 FROM erasure") == []
    await world.superuser.execute(session, world.now)
    asked = await _say(reader, "/app/data/delete", **form, understood="on")
    assert "Your account is going to be deleted" in text_of(asked)
    assert "Delete my account" not in text_of(asked)
    assert await world.rows("SELECT state, points FROM erasure") == [("waiting", 300)]
    assert (await reader.http.get("/app/data/delete")).headers["location"] == "/app/data"
    kept = await _say(reader, "/app/data/keep")
    assert "Your account stays." in text_of(kept)
    assert await world.rows("SELECT state FROM erasure") == [("withdrawn",)]
    assert (await _say(reader, "/app/data/keep")).status_code == 200


async def test_language_and_zone_are_kept_and_go_by_at_once(
    reader: Reader, world: World, mia: Person
) -> None:
    """M20."""
    await world.award("grocer", mia, "10.00", at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert "Mar 1, 2026" in text_of(await reader.get("/app/activity"))
    await world.superuser.execute("UPDATE member SET locale = 'de-AT'")
    saved = await _say(reader, "/app/display", language="de", zone="Asia/Tokyo")
    assert html.fromstring(saved.text).get("lang") == "de"
    assert await world.rows(NAMES) == [("Mia", None, "de-AT", "Asia/Tokyo")]
    activity = await reader.get("/app/activity")
    assert "02.03.2026" in text_of(activity)
    assert "sind die von Tokio." in activity.text
    day = await reader.get("/app/activity?since=2026-03-02&until=2026-03-02")
    assert "Harvest Grocer" in text_of(day), "days are those that are shown"
    await _say(reader, "/app/display", language="ar", zone="")
    assert await world.rows(NAMES) == [("Mia", None, "ar", None)]
    assert html.fromstring((await reader.get("/app/display")).text).get("dir") == "rtl"
    for wrong in ({"language": "xx", "zone": ""}, {"language": "en", "zone": "Mars/Base"}):
        assert (await _say(reader, "/app/display", **wrong)).status_code == 422
    assert await world.rows(NAMES) == [("Mia", None, "ar", None)]


async def test_the_zone_that_is_kept_goes_by_from_the_next_sign_in(
    world: World, edge: Edge, mia: Person
) -> None:
    await world.superuser.execute("UPDATE member SET time_zone = 'Europe/Kiev'")
    reader = await a_reader(world, edge, mia)
    page = await reader.get("/app/display")
    (told,) = html.fromstring(page.text).xpath("//footer//span/text()")
    assert told == "Days and times are those of Kyiv."
    assert html.fromstring(page.text).xpath("//option[@selected]/@value") == ["en", "Europe/Kiev"]
    edge.http.cookies.set("coalition-zone", "../../etc/passwd")
    assert (await reader.get("/app/activity")).status_code == 200
