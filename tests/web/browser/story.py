"""What Mia has done by now, so that every page has something to show."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from coalition.access import EXPLORER
from coalition.access.sessions import LOOPBACK_COOKIE, begin_session
from tests.oauth.people import PASSWORD, a_login
from tests.support import Person, World, a_bakery, a_florist, a_fuel, a_grocer
from tests.support.brands import Brand, a_promotion
from tests.web.browser.chromium import Window

MIA = "mia@example.com"
PROGRAMME = {
    "pending_days": "14",
    "expiry": {"kind": "rolling", "months": "12"},
    "theme": {
        "primary": "#14532d", "primary_dark": "#86e0a8", "accent": "#b4540a",
        "accent_dark": "#ffb066",
    },
    "help": {
        "email": "help@points.example",
        "questions": [
            {
                "question": {"en": "When do my points arrive?"},
                "answer": {"en": "Mostly while you are at the till.\n\nReport what is missing."},
            },
            {"question": {"en": "Do my points end?"}, "answer": {"en": "A year after a purchase."}},
        ],
        "terms": [
            {"version": "1", "valid_from": "2025-01-01", "address": "https://points.example/1"},
            {
                "version": "2", "valid_from": "2026-01-01", "text": {"en": "Be kind.\n\nEarn."},
                "changes": {"en": "Points end a year after their purchase."},
            },
        ],
    },
}  # fmt: skip


def brands() -> list[Brand]:
    return [
        a_grocer(colour="#14532d"),
        a_bakery(colour="#8a3b12", excludes=["tax"]),
        a_fuel(colour="#1d3f8a"),
        a_florist(colour="#8c2f5e"),
    ]


async def what_mia_did(world: World) -> Person:
    """Earned over a year at four brands, spent twice, with points to come and some set aside."""
    mia = await world.enrol("Mia", card="9840-00000001")
    today = world.now
    for days, brand, amount in (
        (330, "grocer", "812.40"), (290, "fuel", "640.00"), (200, "bakery", "95.20"),
        (120, "florist", "212.00"), (60, "grocer", "154.10"), (30, "bakery", "48.75"),
    ):  # fmt: skip
        world.now = today - timedelta(days=days)
        await world.award(brand, mia, amount)
    world.now = today - timedelta(days=20)
    await world.redeem("bakery", mia, 500)
    world.now = today - timedelta(days=5)
    await world.award("grocer", mia, "86.30")
    world.now = today - timedelta(days=1)
    await world.award("florist", mia, "39.90")
    await world.redeem("grocer", mia, 150)
    world.now = today
    await world.hold("fuel", mia, 100)
    await a_login(world, MIA, member=mia)
    await _let_in(world)
    return mia


async def _let_in(world: World) -> None:
    """A program that she lets look and spend."""
    grant = uuid4()
    await world.superuser.execute(
        "INSERT INTO oauth_grant (id, client_id, login_id, scopes, began_at)"
        " SELECT $1, $2, id, '{member:read,member:redeem}', $3 FROM login WHERE email = $4",
        grant, EXPLORER, world.now - timedelta(days=40), MIA,
    )  # fmt: skip
    await world.superuser.execute(
        "INSERT INTO refresh_token (token_hash, grant_id, expires_at) VALUES ('x', $1, $2)",
        grant, world.now + timedelta(days=28),
    )  # fmt: skip


def promotions() -> list[dict[str, object]]:
    return [a_promotion()]


async def come_in(window: Window, world: World) -> None:
    """As Mia who is signed in already: what a password costs is not paid by every test."""
    ((login_id,),) = await world.rows("SELECT id FROM login WHERE email = $1", MIA)
    assert isinstance(login_id, int)
    token = await begin_session(world.database, login_id, None, now=datetime.now(UTC))
    cookie = {"name": LOOPBACK_COOKIE, "value": token, "url": window.url, "httpOnly": True}
    await window.context.add_cookies([cookie])  # type: ignore[list-item]  # a typed dict of theirs
    await window.go("/app")


async def sign_in(window: Window) -> None:
    """Through the pages, as Mia does."""
    await window.go("/app")
    await window.page.fill("#email", MIA)
    await window.page.fill("#password", PASSWORD)
    await window.page.click("main button.button.wide")
    await window.page.wait_for_url("**/app")
