"""Every form of the members' pages, whatever it does: who may send it."""

import httpx2
import pytest
from lxml import html
from starlette.routing import Route
from structlog.testing import capture_logs

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


NOT_WHOLE = (
    ("multipart/form-data", b"key=1"),
    ("multipart/form-data; boundary=x", b"--y\r\nkey"),
    ("multipart/form-data; boundary=x",
     b'--x\r\nContent-Disposition: form-data; name="receipt"; filename="a"\r\n\r\n1\r\n' * 2
     + b"--x--\r\n"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(60))),
)  # fmt: skip


async def test_a_form_that_is_none_of_ours_ends_in_a_page_and_in_no_fault(
    reader: Reader, edge: Edge, world: World
) -> None:
    """A broken upload, and what somebody made up: it is not our fault, and nothing is done."""
    await reader.get("/app")
    # What is done there needs no field.
    unread = {
        "/app/leave", "/app/x", "/app/vouchers/x/give", "/app/vouchers/x/give/back",
        "/app/vouchers/x/mail", "/app/vouchers/x/cancel", "/app/data/copies", "/app/data/keep",
    }  # fmt: skip
    sent = [path for path in forms(edge) if path not in unread]
    more = ["/signin", "/signup", "/signup/password", "/language", "/gift", "/mail/confirm"]
    with capture_logs() as logs:
        async with nothing_moves(world, besides=("person_request",)):
            for place, path in enumerate([*sent, *more]):
                kind, body = NOT_WHOLE[place % len(NOT_WHOLE)]
                answer = await reader.http.post(
                    path, content=body,
                    headers={"Content-Type": kind, "Sec-Fetch-Site": "same-origin"},
                )  # fmt: skip
                assert answer.status_code == 400, path
                assert "did not arrive as it was sent" in text_of(answer)
    assert not [one for one in logs if one["log_level"] == "error"]


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
    for page, back in (
        ("https://coalition.test/app/missing/report?brand=x", "/app/missing/report?brand=x"),
        ("https://evil.example/app/transfer", "/app"),
        ("https://coalition.test.evil.example/app/transfer", "/app"),
        ("https://coalition.test//evil.example", "/app"),
    ):
        answer = await reader.http.post(
            "/app/transfer/send", headers={"Sec-Fetch-Site": "same-origin", "Referer": page}
        )
        assert html.fromstring(answer.text).xpath("//main//a/@href") == [back]
