"""What Mia has done by now, so that every page has something to show."""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from coalition import catalogue
from coalition.access import EXPLORER
from coalition.access.sessions import LOOPBACK_COOKIE, begin_session
from coalition.household import Role
from coalition.transfer import Decision
from tests.oauth.people import PASSWORD, a_login
from tests.support import Person, World, a_bakery, a_florist, a_fuel, a_grocer
from tests.support.brands import Brand, a_promotion
from tests.support.cards import link_card
from tests.support.catalogue import Counter, a_reward, a_voucher
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
    await _let_in(world)
    await link_card(
        world, mia, "acq_5f1c09ab77e2",
        client="grocer-till", until="2028-03", ago=timedelta(days=12),
    )  # fmt: skip
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


async def what_mia_shares(world: World, mia: Person) -> None:
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


async def what_brands_give(world: World) -> None:
    """Rewards of each sort: within reach and not yet, out of stock, with money, with a picture."""
    counter = Counter(world)
    picture = await catalogue.put_image(
        world.office, actor=world.actor("bakery"), content=_a_picture()
    )
    voucher = await counter.put(
        "bakery", a_voucher(code="five-off-your-breakfast", points=250, face_value=500,
                            image_hash=picture, category="Food"),
    )  # fmt: skip
    await counter.load("bakery", voucher, "FIVE-0001", "FIVE-0002", "FIVE-0003", "FIVE-0004")
    hours = {"cancel_hours": 24}
    await counter.put("grocer", a_reward(code="hamper", points=900, money=400, **hours))
    await counter.put("florist", a_reward(code="bunch-of-tulips", points=450, face_value=900))
    await counter.put("fuel", a_reward(code="car-wash", points=300, stock=0))
    await counter.put("grocer", a_reward(code="kettle", points=2400, face_value=3900))
    await counter.put(
        "grocer", a_reward(code="trees", kind=catalogue.RewardKind.DONATION, points=200,
                           face_value=150, charity="Roots and Wings"),
    )  # fmt: skip


async def what_mia_redeemed(world: World, mia: Person) -> None:
    """A voucher that was used, one that is ready, and a donation."""
    counter = Counter(world)
    numbers = {
        str(code): int(str(number))
        for code, number in await world.rows("SELECT code, id FROM reward")
    }
    await counter.claim(mia, numbers["five-off-your-breakfast"])
    await counter.use("bakery", "FIVE-0001")
    world.now += timedelta(minutes=1)
    await counter.claim(mia, numbers["five-off-your-breakfast"])
    await counter.claim(mia, numbers["trees"])


def _a_picture() -> bytes:
    """A PNG of 320 x 180 in the colours of the evening."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data
            + struct.pack(">I", zlib.crc32(name + data))
        )  # fmt: skip

    rows = b"".join(
        b"\x00" + bytes((200 - y // 2, 110 + y // 3, 60 + y // 2)) * 320 for y in range(180)
    )
    size = struct.pack(">IIBBBBB", 320, 180, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
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
