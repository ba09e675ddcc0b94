"""What Mia has done by now, so that every page has something to show."""

from datetime import UTC, datetime, timedelta

from coalition.access.sessions import LOOPBACK_COOKIE, begin_session
from coalition.household import Role
from coalition.transfer import Decision
from tests.oauth.people import PASSWORD, a_login
from tests.support import Person, World, a_bakery, a_florist, a_fuel, a_grocer
from tests.support.brands import Brand, a_promotion
from tests.support.sharing import Sharing
from tests.web.browser.chromium import Window

MIA = "mia@example.com"
BO_CARD, CY_CARD = "9840-00000002", "9840-00000003"
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
    await _and_her_household(world, mia)
    return mia


async def _and_her_household(world: World, mia: Person) -> None:
    """She owns one with Cy, has invited somebody, and gifts go both ways between her and Bo."""
    sharing = Sharing(world)
    bo, cy = await world.enrol("Bo", card=BO_CARD), await world.enrol("Cy", card=CY_CARD)
    for who in (bo, cy):
        await world.award("grocer", who, "700.00", at=world.now - timedelta(days=40))
    await sharing.found(mia)
    await sharing.take_in(mia, cy, Role.CHILD)
    await sharing.invite(mia, "9840-00000009")
    await sharing.answer(bo, await sharing.give(mia, BO_CARD, 100), Decision.DECLINED)
    await sharing.give(mia, BO_CARD, 100)
    await sharing.give(bo, mia.card, 250)


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
