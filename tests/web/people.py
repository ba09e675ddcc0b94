"""A member with a browser that keeps cookies and goes where it is led."""

import re
from dataclasses import dataclass, field
from html import unescape

import httpx2
from lxml import html

from coalition.access.sessions import SECURE_COOKIE
from tests.oauth.people import Browser, a_login
from tests.support import Person, World
from tests.support.edge import URL, Edge


@dataclass
class Reader:
    """`steps`: where it was led, in the order of time."""

    http: httpx2.AsyncClient
    steps: list[str] = field(default_factory=list)

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """The page that is there in the end."""
        for _ in range(8):
            answer = await self.http.get(path, headers=headers)
            if answer.status_code not in {303, 307}:
                return answer
            path = answer.headers["location"].removeprefix(URL)
            self.steps.append(path)
        raise AssertionError(self.steps)

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        return await self.http.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})


async def a_reader(world: World, edge: Edge, who: Person, email: str = "mia@example.com") -> Reader:
    """The member has signed in, and looked at nothing yet."""
    await a_login(world, email, member=who)
    await Browser(edge.http).enter(world, email, SECURE_COOKIE)
    return Reader(edge.http)


def text_of(answer: httpx2.Response) -> str:
    """What a page says, with single blanks."""
    main = html.fromstring(answer.text).find(".//main")
    assert main is not None
    return re.sub(r"\s+", " ", unescape(" ".join(main.itertext()))).strip()
