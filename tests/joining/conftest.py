"""An edge with a mail server behind it, and mailboxes that people look into."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
import pytest

from coalition.jobs.job import Desk
from coalition.jobs.send_mails import send_mails
from coalition.kit.config import Settings
from tests.support import World, a_bakery, a_grocer
from tests.support.edge import URL, Edge, edge_of
from tests.support.post_office import PostOffice, Received

PASSWORD = "seven geese and a blue door"


@dataclass
class Town:
    """`look` sends what waits, and gives the mails that a mailbox got since then."""

    world: World
    edge: Edge
    post: PostOffice

    async def look(self, address: str) -> list[Received]:
        settings = Settings.model_validate(
            {"url": URL, "mail_host": "127.0.0.1", "mail_port": self.post.port,
             "mail_tls": "none", "mail_sender": "points@market.example"}
        )  # fmt: skip
        self.post.taken.clear()
        # Pages go by the wall's clock.
        await send_mails(Desk(self.world.office, settings, lambda: datetime.now(UTC)))
        return [mail for mail in self.post.taken if mail.recipient == address]

    async def sign_up(self, **typed: str) -> httpx2.Response:
        form = {"email": "ada@example.com", "password": PASSWORD, "given_name": "Ada"} | typed
        return await self.edge.http.post("/signup", data=form, headers={"Accept-Language": "es"})

    async def forgets(self, email: str) -> httpx2.Response:
        return await self.edge.http.post("/signup/password", data={"email": email})

    async def press(self, mail: Received, **form: str) -> httpx2.Response:
        """Open the link of a mail, and press the button of its page, with the password that was
        chosen unless the form says another thing.
        """
        link = link_of(mail)
        shown = await self.edge.http.get(link)
        if shown.status_code != 200:
            return shown
        token = re.findall(r'name="token" value="([^"]+)"', shown.text)[0]
        typed = {"token": token, "password": PASSWORD} | form
        return await self.edge.http.post("/mail/confirm", data=typed)

    async def signs_in(self, email: str, password: str = PASSWORD) -> bool:
        answer = await self.edge.http.post(
            "/signin", data={"email": email, "password": password}, headers={"Origin": URL}
        )
        return answer.status_code == 303


def link_of(mail: Received) -> str:
    (link,) = re.findall(r"https://\S+/mail/confirm\?token=\S+", mail.part("plain"))
    assert isinstance(link, str)
    return link


@pytest.fixture
async def town(world: World) -> AsyncIterator[Town]:
    applied = await world.apply(
        brands=[a_grocer(minimum_redemption="10"), a_bakery(minimum_redemption="10")]
    )
    async with edge_of(world, applied.new_secrets) as edge, PostOffice().open() as post:
        yield Town(world, edge, post)
