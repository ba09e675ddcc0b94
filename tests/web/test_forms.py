"""Every form of the members' pages, whatever it does: who may send it."""

import httpx2
import pytest
from starlette.routing import Route

from tests.support import World, nothing_moves
from tests.support.edge import Edge
from tests.web.people import Reader, text_of

FORGED = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]


def forms(edge: Edge) -> list[str]:
    """Where the pages take what is sent, with a name in place of each part that varies."""
    transport = edge.http._transport
    assert isinstance(transport, httpx2.ASGITransport)
    found = [
        one.path_format.format_map(dict.fromkeys(one.param_convertors, "x"))
        for one in transport.app.routes  # type: ignore[attr-defined]  # a Starlette
        if isinstance(one, Route) and "POST" in (one.methods or ())
    ]
    return [path for path in found if path.startswith("/app/")]


@pytest.mark.parametrize("headers", FORGED, ids=str)
async def test_what_another_site_sends_is_answered_with_a_page_and_not_done(
    headers: dict[str, str], reader: Reader, edge: Edge, world: World
) -> None:
    await reader.get("/app")
    sent = [path for path in forms(edge) if path != "/app/x"]
    assert "/app/leave" in sent
    async with nothing_moves(world):
        for path in sent:
            answer = await reader.http.post(path, data={"key": "1"}, headers=headers)
            assert answer.status_code == 403, path
            assert "another site" in text_of(answer) or "from elsewhere" in text_of(answer)
    assert "Hello, Mia" in text_of(await reader.get("/app"))


async def test_what_is_sent_in_an_ended_session_is_told_and_not_done(
    reader: Reader, edge: Edge, world: World
) -> None:
    await reader.get("/app")
    await world.superuser.execute("DELETE FROM web_session")
    async with nothing_moves(world):
        for path in forms(edge):
            if path in {"/app/leave", "/app/x"}:
                continue
            answer = await reader.post(path, key="1")
            assert answer.status_code == 401, path
            assert "Nothing was sent. Sign in again" in text_of(answer)
