"""A grocer whose shop acts for people, a till that waits for leave, and a machine with a key."""

from collections.abc import AsyncIterator

import pytest

from tests.oauth.people import MACHINE_KEY, SHOP, Browser, a_login
from tests.support import Brand, World, a_bakery, a_client, a_grocer
from tests.support.edge import Edge, edge_of

FOR_PEOPLE = ["member:read", "member:redeem", "settlement:read", "members:read"]


def brands() -> list[Brand]:
    clients = [
        a_client("grocer-till"),
        {
            "id": "grocer-shop", "name": "Harvest's web shop", "scopes": FOR_PEOPLE,
            "authentication": "none", "redirect_uris": [SHOP, "http://127.0.0.1/callback"],
            "grants": ["authorization_code", "refresh_token"],
        },
        {
            "id": "grocer-kiosk", "name": "The kiosk at the door", "scopes": ["members:read"],
            "authentication": "none", "grants": ["device_code", "refresh_token"],
        },
        {
            "id": "grocer-machine", "name": "Nightly jobs", "scopes": ["points:award"],
            "authentication": "private_key_jwt",
            "public_keys": {"keys": [MACHINE_KEY.as_dict(private=False)]},
        },
        {
            "id": "till-12", "name": "Till of store 12", "store": "12", "terminal": "1",
            "scopes": ["points:award", "points:redeem"],
        },
    ]  # fmt: skip
    stores = [
        {"code": "12", "name": "Main Street", "terminals": ["1", "2"]},
        {"code": "13", "name": "Riverside"},
    ]
    return [a_grocer(clients=clients, stores=stores, minimum_redemption="10"), a_bakery()]


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    applied = await world.apply(brands=brands())
    async with edge_of(world, applied.new_secrets) as made:
        yield made


@pytest.fixture
async def mia(world: World, edge: Edge) -> Browser:
    """Mia is a member with a login, and has signed in."""
    await a_login(world, "mia@example.com", member=await world.enrol("Mia", card="7001"))
    browser = Browser(edge.http)
    await browser.enter(world, "mia@example.com")
    return browser
