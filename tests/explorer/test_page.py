"""The explorer's page: for people who are signed in, and out of reach of every other host."""

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from coalition.explorer import Explorer
from coalition.kit.config import Settings
from tests.support.edge import URL
from tests.support.node import run_node

EXPLORER = Path(__file__).parents[2] / "src" / "coalition" / "explorer"
STATIC = EXPLORER / "static"
FILES = ("explorer.js", "explorer.css", "LICENSES.txt", "examples.json")


async def _has_a_session(request: Request) -> str | None:
    session = request.cookies.get("session")
    return session if session == "ada" else None


@pytest.fixture
async def stranger() -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=Explorer(Settings(url=URL), _has_a_session).routes)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url=URL, follow_redirects=False
    ) as http:
        yield http


@pytest.fixture
async def ada(stranger: httpx2.AsyncClient) -> httpx2.AsyncClient:
    stranger.cookies.set("session", "ada")
    return stranger


async def test_a_stranger_is_sent_to_sign_in_and_sees_nothing(
    stranger: httpx2.AsyncClient,
) -> None:
    """Security checklist, line 35."""
    page = await stranger.get("/graphiql")
    assert (page.status_code, page.headers["Location"]) == (303, "/signin?next=/graphiql")
    assert page.text == ""
    for name in (*FILES, "nothing.js"):
        file = await stranger.get(f"/graphiql/{name}")
        assert (file.status_code, file.text) == (401, "Sign in first.")


async def test_the_page_may_reach_nobody_but_this_server(ada: httpx2.AsyncClient) -> None:
    """Security checklist, line 35."""
    page = await ada.get("/graphiql")
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";")
    )
    nonce = re.search(r'nonce="([\w-]{22})"', page.text)
    assert nonce is not None
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'self' 'nonce-{nonce[1]}'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert re.findall(r"(?:src|href)=\"(?!/graphiql/|data:,)[^\"]*", page.text) == []
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    again = await ada.get("/graphiql")
    assert again.text != page.text


def test_the_style_sheet_fetches_nothing() -> None:
    sheet = (STATIC / "explorer.css").read_text()
    assert re.findall(r"url\((?!data:image/)[^)]{0,60}", sheet) == []
    assert "@import" not in sheet


async def test_every_file_of_the_page_is_served_and_kept(ada: httpx2.AsyncClient) -> None:
    page = await ada.get("/graphiql")
    named = re.findall(r"/graphiql/[\w.]+\?\w+", page.text)
    assert len(named) == 2
    for address in named:
        file = await ada.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["Cache-Control"]
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    for name in FILES:
        file = await ada.get(f"/graphiql/{name}")
        assert (file.status_code, file.headers["Cache-Control"]) == (200, "no-store")
    for name in ("nothing.js", "made_from.txt", "..%2Fpage.py"):
        assert (await ada.get(f"/graphiql/{name}")).status_code == 404


def test_what_is_served_was_built_from_what_is_there() -> None:
    digest = hashlib.sha256()
    sources = [one for one in (EXPLORER / "source").iterdir() if one.name != "node_modules"]
    for file in sorted(sources, key=lambda one: one.name):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    recorded = (STATIC / "made_from.txt").read_text().strip()
    assert digest.hexdigest() == recorded, "The source has changed: run scripts/build_explorer."


def test_the_licence_of_everything_that_is_bundled_goes_with_it() -> None:
    licences = (STATIC / "LICENSES.txt").read_text()
    for name in ("graphiql 3.9.0", "react 18.3.1", "graphql 16.15.0", "codemirror 5."):
        assert f"\n{name}" in licences
    assert not re.search(r"\((?:GPL|AGPL|LGPL|UNLICENSED|undefined)", licences)


def test_the_bundle_stays_small_enough_to_be_fetched() -> None:
    assert (STATIC / "explorer.js").stat().st_size < 1_500_000


def test_a_token_is_fetched_with_a_fresh_proof_and_no_stranger_s_answer_is_taken() -> None:
    ran = run_node(Path(__file__).with_name("sign_in.mjs"), str(EXPLORER / "source" / "token.js"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "leaves with a challenge of its verifier",
        "takes no answer that it did not ask for",
        "takes no answer of another server",
        "tells why it was refused",
        "exchanges the code once, with its verifier",
        "leaves nothing behind",
        "renews a token once, however many ask",
    ]
