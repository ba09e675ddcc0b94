"""Coming in and leaving: a client of our own authorization server, whose tokens stay here."""

import asyncio
from datetime import timedelta

import pytest
from lxml import html
from structlog.testing import capture_logs

from coalition.access.sessions import SECURE_COOKIE
from tests.oauth.people import Browser, a_login
from tests.support import Person, World, nothing_moves
from tests.support.edge import URL, Edge, edge_of
from tests.web.people import Reader, a_reader, text_of

COOKIE = "__Host-coalition-app"
HELP = {"email": "help@example.com"}


async def test_a_member_comes_in_sees_its_points_and_leaves(
    reader: Reader, world: World, mia: Person
) -> None:
    await world.award("grocer", mia, "120.00")
    home = await reader.get("/app")
    assert home.status_code == 200, home.text
    assert "120 points" in text_of(home)
    assert "Hello, Mia" in text_of(home)
    left = await reader.post("/app/leave")
    assert (left.status_code, left.headers["location"]) == (303, "/app/goodbye")
    assert left.headers["clear-site-data"] == '"storage"'
    assert await world.rows("SELECT 1 FROM web_session") == []
    assert await world.rows("SELECT 1 FROM session") == []
    reader.steps.clear()
    await reader.get("/app")
    assert reader.steps[-1].startswith("/signin?next=")


async def test_whoever_cannot_come_in_is_told_whom_to_ask(world: World) -> None:
    """A4: at the foot, where help is on every page."""
    for named, addresses in ((None, 0), (HELP, 1)):
        applied = await world.apply(help=named)
        async with edge_of(world, applied.new_secrets) as edge:
            for path in ("/signin", "/signup", "/signup/password", "/app/goodbye"):
                page = html.fromstring((await edge.http.get(path)).text)
                ways = page.xpath("//footer[@class='foot']/a/@href")
                assert ways == [f"/help?from={path.replace('/', '%2F')}"][:addresses]
            page = html.fromstring((await edge.http.get("/help?from=%2Fsignin")).text)
            letters = page.xpath("//a[starts-with(@href, 'mailto:')]/@href")
            assert len(letters) == addresses
            for one in letters:
                assert one.startswith("mailto:help@example.com?")
                assert "Page%3A%20/signin" in one


async def test_the_cookie_is_out_of_reach_and_the_tokens_are_sealed(
    reader: Reader, world: World
) -> None:
    """Security checklist, line 21."""
    await reader.http.get("/app/enter")
    begun = await reader.http.get("/app/enter?next=/app/card")
    asked = await reader.http.get(begun.headers["location"])
    entered = await reader.http.get(asked.headers["location"])
    assert entered.headers["location"] == "/app/card"
    (cookie,) = [
        one for one in entered.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}=")
        and "Max-Age=0" not in one
    ]  # fmt: skip
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    ((mark, sealed),) = await world.rows("SELECT token_hash, sealed FROM web_session")
    assert isinstance(sealed, bytes)
    assert b"eyJ" not in sealed
    assert b"rt_" not in sealed
    assert cookie.split("=")[1].split(";")[0].encode() != mark


@pytest.mark.parametrize(
    "query",
    [
        "", "?code=x&state=y", "?error=access_denied&state=y",
        f"?code=x&state=STATE&iss={URL}/", "?code=x&state=STATE&iss=https://evil.example",
        f"?code=made-up&state=STATE&iss={URL}",
    ],
)  # fmt: skip
async def test_nobody_comes_in_with_an_answer_that_is_not_ours(
    query: str, reader: Reader, world: World
) -> None:
    begun = await reader.http.get("/app/enter")
    state = begun.headers["location"].split("state=")[1].split("&")[0]
    answer = await reader.http.get(f"/app/callback{query.replace('STATE', state)}")
    assert answer.status_code == 400
    assert "You are not signed in yet" in answer.text
    assert await world.rows("SELECT 1 FROM web_session") == []


async def test_an_answer_without_the_question_of_this_browser_is_none(reader: Reader) -> None:
    begun = await reader.http.get("/app/enter")
    answer = await reader.http.get(begun.headers["location"])
    reader.http.cookies.delete(f"{COOKIE}-begun")
    assert (await reader.http.get(answer.headers["location"])).status_code == 400


@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_nobody_is_led_away(next_: str, reader: Reader) -> None:
    """Security checklist, line 10."""
    await reader.get(f"/app/enter?next={next_}")
    assert not any("evil" in step for step in reader.steps[1:])
    assert reader.steps[-1] == "/app"


async def test_staff_is_told_that_these_pages_are_for_members(world: World, edge: Edge) -> None:
    await a_login(world, "ada@grocer.example", "owner", brand="grocer")
    await Browser(edge.http).enter(world, "ada@grocer.example", SECURE_COOKIE)
    told = await Reader(edge.http).get("/app")
    assert told.status_code == 403
    assert "These pages are for members" in told.text


async def test_who_signs_in_in_a_browser_sees_nothing_of_who_was_there_before(
    reader: Reader, world: World
) -> None:
    """At once, though a token may be good for some seconds after its sign-in has ended."""
    await a_login(world, "bo@example.com", member=await world.enrol("Bo"))
    assert "Hello, Mia" in text_of(await reader.get("/app"))
    assert (await Browser(reader.http).sign_in("bo@example.com")).status_code == 303
    assert "Hello, Bo" in text_of(await reader.get("/app"))
    account = html.fromstring((await reader.get("/account")).text)
    await reader.post("/signout", csrf=account.xpath("//input[@name='csrf']/@value")[0])
    assert await world.rows("SELECT 1 FROM web_session") == []
    assert (await reader.http.get("/app")).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}], ids=str
)
async def test_another_site_signs_nobody_out(headers: dict[str, str], reader: Reader) -> None:
    await reader.get("/app")
    forged = await reader.http.post("/app/leave", headers=headers)
    assert forged.status_code == 403
    assert (await reader.http.get("/app")).status_code == 200


async def test_two_tabs_at_once_renew_a_token_once(
    reader: Reader, world: World, mia: Person
) -> None:
    """A refresh token that is used twice would end the session for both."""
    await world.award("grocer", mia, "10.00")
    await reader.get("/app")
    await world.superuser.execute(
        "UPDATE web_session SET access_ends_at = access_ends_at - $1::interval",
        timedelta(minutes=10),
    )
    with capture_logs():
        pages = await asyncio.gather(*(reader.http.get("/app") for _ in range(5)))
    assert [page.status_code for page in pages] == [200] * 5
    used = await world.rows("SELECT used_at IS NOT NULL FROM refresh_token ORDER BY 1")
    assert used == [(False,), (True,)]


async def test_what_has_ended_leads_to_the_sign_in_and_a_form_is_told(
    reader: Reader, world: World
) -> None:
    await reader.get("/app")
    await world.superuser.execute("UPDATE oauth_grant SET ended_at = now()")
    await world.superuser.execute("UPDATE web_session SET access_ends_at = now()")
    ended = await reader.http.get("/app/card")
    assert ended.status_code == 303
    assert ended.headers["location"] == "/app/enter?next=%2Fapp%2Fcard"
    reader.http.cookies.set(COOKIE, "nobody's")
    events = await reader.http.get("/app/events", headers={"HX-Request": "true"})
    assert events.status_code == 401
    assert "Your session has ended" in events.text


async def test_another_persons_row_does_not_open_ones_own(
    reader: Reader, world: World, edge: Edge
) -> None:
    """What is sealed is bound to its row: a copy of it in another row opens nothing."""
    await reader.get("/app")
    await world.superuser.execute(
        "INSERT INTO web_session SELECT sha256('copied'), sealed, access_ends_at, NULL, began_at,"
        " ends_at FROM web_session"
    )
    edge.http.cookies.clear()
    edge.http.cookies.set(COOKIE, "copied")
    assert (await edge.http.get("/app")).status_code == 303


async def test_nothing_secret_is_logged(reader: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    """Security checklist, line 38."""
    capsys.readouterr()
    await reader.get("/app")
    said = "".join(capsys.readouterr())
    cookies = [value for value in reader.http.cookies.values() if value]
    assert cookies
    assert not any(value in said for value in cookies)
    assert "eyJ" not in said


async def test_looking_moves_nothing(reader: Reader, world: World, mia: Person) -> None:
    await world.award("grocer", mia, "10.00")
    await reader.get("/app")
    async with nothing_moves(world):
        for path in ("/app", "/app/card", "/app/activity", "/app/expiry", "/app/earn", "/app/more"):
            assert (await reader.http.get(path)).status_code == 200


async def test_members_of_one_coalition_see_their_own(world: World, edge: Edge) -> None:
    """Security checklist, line 5."""
    mia = await world.enrol("Mia", card="9840-00000001")
    noor = await world.enrol("Noor", card="9840-00000002")
    await world.award("grocer", mia, "777.00")
    reader = await a_reader(world, edge, noor, "noor@example.com")
    home = await reader.get("/app")
    assert "Hello, Noor" in text_of(home)
    assert "777" not in text_of(home)
    ((seq,),) = await world.rows("SELECT seq FROM entry WHERE member_id = $1", mia.member_id)
    assert seq == 1
