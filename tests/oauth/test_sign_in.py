"""Signing in, with everything that somebody else might try."""

import re
from datetime import timedelta

import pytest

from coalition.access.actor import ActorKind
from coalition.access.logins import NewLogin, add_login, change_password
from coalition.access.plain_words import WORDS
from coalition.access.roles import ROLES
from coalition.access.sessions import SECURE_COOKIE
from coalition.kit.database import administering
from coalition.kit.errors import Misconfigured
from tests.architecture.test_docs import DOCS
from tests.oauth.people import PASSWORD, Browser, a_login
from tests.support import World
from tests.support.edge import URL, Edge

OFFICE = "office@coalition.example"


@pytest.fixture
async def browser(world: World, edge: Edge) -> Browser:
    await a_login(world, OFFICE, "reader")
    return Browser(edge.http)


async def test_somebody_signs_in_looks_and_signs_out(browser: Browser) -> None:
    """Security checklist, line 20. Security checklist, line 21."""
    assert (await browser.http.get("/account")).headers["location"] == "/signin?next=%2Faccount"
    entered = await browser.sign_in(OFFICE)
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith(f"{SECURE_COOKIE}=")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
    shown = await browser.http.get("/account")
    assert OFFICE in shown.text
    assert "see everything of all brands" in shown.text
    csrf = shown.text.split('name="csrf" value="')[1].split('"')[0]
    forged = await browser.http.post("/signout", data={"csrf": "0" * 64})
    assert forged.status_code == 403
    assert (await browser.http.get("/account")).status_code == 200
    assert (await browser.http.post("/signout", data={"csrf": csrf})).status_code == 303
    assert (await browser.http.get("/account")).status_code == 303


async def test_the_bare_address_leads_members_to_their_points_and_staff_to_its_account(
    browser: Browser, mia: Browser
) -> None:
    """`mia` has signed in, in the same browser; then somebody of the office does."""
    home = await mia.http.get("/")
    assert (home.status_code, home.headers["location"]) == (303, "/app")
    await browser.sign_in(OFFICE)
    home = await browser.http.get("/")
    assert (home.status_code, home.headers["location"]) == (303, "/account")
    assert (await browser.http.post("/")).status_code == 405


async def test_each_sign_in_is_a_new_session(browser: Browser, world: World) -> None:
    """Security checklist, line 21."""
    first = (await browser.sign_in(OFFICE)).headers["set-cookie"]
    second = (await browser.sign_in(OFFICE)).headers["set-cookie"]
    assert first.split(";")[0] != second.split(";")[0]
    assert len(await world.rows("SELECT token_hash FROM session")) == 1


async def test_whoever_is_refused_is_told_one_thing(browser: Browser, world: World) -> None:
    async with administering(world.addresses) as connection:
        new = NewLogin("gone@coalition.example", ActorKind.OPERATOR, ["reader"])
        await add_login(connection, new, PASSWORD)
    await world.superuser.execute("UPDATE login SET status = 'closed' WHERE email LIKE 'gone%'")
    told = set()
    for email, password in (
        (OFFICE, "another password"), ("nobody@coalition.example", PASSWORD),
        ("gone@coalition.example", PASSWORD), ("", ""), ("x\0y", "z"), ("x" * 5000, "y" * 5000),
    ):  # fmt: skip
        answer = await browser.sign_in(email, password)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        told.add(re.findall(r'role="alert".*?<p>([^<]+)</p>', answer.text, re.DOTALL)[0])
    assert told == {"E-mail or password is not right."}


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
        "/%0d%0aLocation: x\r\n", "javascript:alert(1)", "/\t/evil.example", "", "/a\\b",
        "http:evil.example", "///evil.example",
    ],
)  # fmt: skip
async def test_nobody_is_led_away_after_signing_in(next_: str, browser: Browser) -> None:
    """Security checklist, line 10."""
    answer = await browser.sign_in(OFFICE, next=next_)
    assert answer.headers["location"].startswith("/")
    assert answer.headers["location"][1:2] not in {"/", "\\"}
    assert "evil" not in answer.headers["location"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)  # fmt: skip
async def test_another_site_signs_nobody_in(headers: dict[str, str], browser: Browser) -> None:
    answer = await browser.http.post(
        "/signin", data={"email": OFFICE, "password": PASSWORD}, headers=headers
    )
    assert "set-cookie" not in answer.headers


async def test_a_browser_that_calls_our_origin_null_but_the_site_its_own_is_let_in(
    browser: Browser,
) -> None:
    entered = await browser.http.post(
        "/signin",
        data={"email": OFFICE, "password": PASSWORD},
        headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    )
    assert entered.status_code == 303


async def test_guessing_gets_slower_and_the_owner_is_not_kept_out_for_long(
    browser: Browser, world: World
) -> None:
    """Security checklist, line 28."""
    for _ in range(5):
        assert (await browser.sign_in(OFFICE, "a wrong guess")).status_code == 401
    # The first wait is a second, which a busy machine takes for one guess.
    await world.superuser.execute("UPDATE sign_in_attempt SET last_at = now() + '1 minute'")
    waiting = await browser.sign_in(OFFICE)
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) >= 1
    assert "Too many attempts" in waiting.text
    await world.superuser.execute(
        "UPDATE sign_in_attempt SET last_at = last_at - $1::interval", timedelta(minutes=15)
    )
    assert (await browser.sign_in(OFFICE)).status_code == 303
    assert (await browser.sign_in(OFFICE)).status_code == 303
    await world.superuser.execute("UPDATE sign_in_attempt SET attempts = 1000, last_at = now()")
    await world.superuser.execute("DELETE FROM sign_in_attempt WHERE attempts < 1000")
    hammered = await browser.sign_in(OFFICE)
    assert hammered.status_code == 429


async def test_another_password_ends_every_session(browser: Browser, world: World) -> None:
    await browser.sign_in(OFFICE)
    async with administering(world.addresses) as connection:
        await change_password(connection, OFFICE, "something else entirely")
    assert (await browser.http.get("/account")).status_code == 303
    assert (await browser.sign_in(OFFICE)).status_code == 401
    assert (await browser.sign_in(OFFICE, "something else entirely")).status_code == 303


async def test_a_session_ends_when_nobody_uses_it(browser: Browser, world: World) -> None:
    await browser.sign_in(OFFICE)
    await world.superuser.execute("UPDATE session SET seen_at = seen_at - interval '61 minutes'")
    assert (await browser.http.get("/account")).status_code == 303


@pytest.mark.parametrize(
    ("password", "email"),
    [
        ("short", OFFICE), ("x" * 129, OFFICE), ("password1234", OFFICE),
        ("aaaaaaaaaaaaaa", OFFICE), ("my office is large", OFFICE),
    ],
)  # fmt: skip
async def test_a_password_that_anybody_would_try_is_refused(
    password: str, email: str, world: World, edge: Edge
) -> None:
    del edge
    with pytest.raises(Misconfigured):
        async with administering(world.addresses) as connection:
            await add_login(connection, NewLogin(email, ActorKind.OPERATOR, ["reader"]), password)
    assert await world.rows("SELECT email FROM login") == []


SCRIPTED = {"/signin", "/account", "/account/confirm"}


async def test_pages_allow_no_script_but_one_of_ours_no_frame_and_no_other_host(
    browser: Browser, world: World
) -> None:
    """Security checklist, line 20. Security checklist, line 35.

    The script is for passkeys, where there are any.
    """
    await browser.sign_in(OFFICE)
    await world.superuser.execute(
        "INSERT INTO passkey SELECT 'a', id, 'b', 0, 'My key', '{}', false, now() FROM login"
    )
    for address in (*SCRIPTED, "/device", "/oauth/authorize"):
        answer = await browser.http.get(address)
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == policy["style-src"] == "'self'"
        scripts = re.findall(r"<script ([^>]*)>", answer.text)
        if address in SCRIPTED:
            assert policy["script-src"] == policy["connect-src"] == "'self'"
            ((source,),) = [re.findall(r'^src="(/static/passkeys-\w{12}\.js)" defer$', one)
                            for one in scripts]  # fmt: skip
            script = await browser.http.get(source)
            assert script.headers["content-type"].startswith("text/javascript")
            assert "http" not in script.text
        else:
            assert scripts == []
            assert "script-src" not in policy
        assert "unsafe" not in str(policy)
        assert not re.search(r"\son\w+=|javascript:", answer.text)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert 'lang="en"' in answer.text
        assert "http" not in answer.text.replace(URL, "")
        style = answer.text.split('href="')[1].split('"')[0]
        assert (await browser.http.get(style)).headers["content-type"].startswith("text/css")


async def test_the_explorer_is_for_who_is_signed_in(browser: Browser) -> None:
    assert (await browser.http.get("/graphiql")).headers["location"] == "/signin?next=/graphiql"
    assert (await browser.http.get("/graphiql/explorer.js")).status_code == 401
    await browser.sign_in(OFFICE)
    assert (await browser.http.get("/graphiql")).status_code == 200


async def test_nothing_secret_is_logged(
    browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    """Security checklist, line 38."""
    capsys.readouterr()
    cookie = (await browser.sign_in(OFFICE)).headers["set-cookie"]
    await browser.sign_in(OFFICE, "a wrong guess of mine")
    said = "".join(capsys.readouterr())
    for secret in (PASSWORD, "a wrong guess", cookie.split("=")[1].split(";")[0], OFFICE):
        assert secret not in said


def test_the_table_of_roles_is_the_one_in_the_code() -> None:
    written = (DOCS / "sign-in.md").read_text()
    for kind, roles in ROLES.items():
        for role, scopes in roles.items():
            shown = ", ".join(f"`{scope}`" for scope in sorted(scopes))
            if role == "owner":
                shown = "all of a partner" if kind is ActorKind.PARTNER else "all of the operator"
            assert f"| {kind.lower()} | `{role}` | {shown} |" in written
    assert set(WORDS) == set().union(*(kind.scopes for kind in ActorKind))
