"""Whatever is sent to the endpoints for programs, they answer in JSON and never with a fault."""

import base64
from collections.abc import AsyncIterator

import pytest

from coalition.partners.apply import Applied
from tests.oauth.conftest import brands
from tests.support import World, nothing_moves
from tests.support.edge import Edge, edge_of

ENDPOINTS = [
    "/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/device_authorization",
]  # fmt: skip
FORM = "application/x-www-form-urlencoded"
ASSERTED = b"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "JSON": (b'{"grant_type": "client_credentials"}', "application/json"),
    "JSON that says it is a form": (b'{"grant_type": "client_credentials"}', FORM),
    "parts": (b"--x--", "multipart/form-data; boundary=x"),
    "text": (b"grant_type=client_credentials", "text/plain"),
    "no type": (b"grant_type=client_credentials", ""),
    "no UTF-8": (b"grant_type=%ff%fe&client_id=\xff", FORM),
    "a NUL": (b"grant_type=client_credentials%00&token=a%00b&client_id=x%00", FORM),
    "a grant twice": (b"grant_type=client_credentials&grant_type=refresh_token", FORM),
    "a client twice": (b"client_id=a&client_id=b&token=x", FORM),
    "a megabyte": (b"token=" + b"x" * 1_000_000, FORM),
    "a hundred fields": ("&".join(f"f{n}=1" for n in range(100)).encode(), FORM),
    "a password": (b"grant_type=password&username=a&password=b&client_id=grocer-till", FORM),
    "implicit": (b"grant_type=implicit&client_id=grocer-shop", FORM),
    "no grant": (b"client_id=grocer-till&client_secret=x", FORM),
    "a grant in Greek": ("grant_type=κωδικός".encode(), FORM),
    "a scope with a quote": (b"grant_type=client_credentials&scope=%22&client_id=x", FORM),
    "an assertion of dots": (
        ASSERTED + b"&client_assertion=...&token=x&grant_type=client_credentials", FORM,
    ),
    "an assertion of nothing": (
        ASSERTED + b"&client_assertion=e30.e30.&token=x&grant_type=client_credentials", FORM,
    ),
}  # fmt: skip
AUTHORIZATIONS = {
    "half": "Basic",
    "no base64": "Basic %%%",
    "no colon": "Basic " + base64.b64encode(b"grocer-till").decode(),
    "no UTF-8": "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
    "a NUL": "Basic " + base64.b64encode(b"a\0b:c").decode(),
    "a bearer": "Bearer x",
    "very long": "Basic " + base64.b64encode(b"a" * 20_000 + b":b").decode(),
}


@pytest.fixture(scope="module")
async def applied(still_world: World) -> Applied:
    return await still_world.apply(brands=brands())


@pytest.fixture
async def edge(still_world: World, applied: Applied) -> AsyncIterator[Edge]:
    async with edge_of(still_world, applied.new_secrets) as made:
        yield made


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("what", BODIES)
async def test_trap_12_a_wrong_form_is_a_clients_mistake(
    what: str, endpoint: str, edge: Edge
) -> None:
    """Security checklist, line 19. Security checklist, line 20. Security checklist, line 22."""
    body, media = BODIES[what]
    answer = await edge.http.post(endpoint, content=body, headers={"Content-Type": media})
    assert answer.status_code in {400, 401}, answer.text
    assert answer.json()["error"]
    assert answer.headers["cache-control"] == "no-store"
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("what", AUTHORIZATIONS)
async def test_trap_08_a_wrong_header_is_a_clients_mistake(
    what: str, endpoint: str, edge: Edge
) -> None:
    """Security checklist, line 22."""
    answer = await edge.http.post(
        endpoint,
        data={"grant_type": "client_credentials", "token": "x"},
        headers={"Authorization": AUTHORIZATIONS[what]},
    )
    assert answer.status_code in {400, 401}, answer.text
    assert answer.json()["error"] in {"invalid_request", "invalid_client"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_programs_ask_by_post(method: str, endpoint: str, edge: Edge) -> None:
    """Security checklist, line 19."""
    answer = await edge.http.request(method, endpoint)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"] == "invalid_request"


async def test_credentials_in_the_address_are_not_read(edge: Edge) -> None:
    """Security checklist, line 19."""
    secret = edge.secrets["grocer-till"]
    answer = await edge.http.post(
        f"/oauth/token?client_id=grocer-till&client_secret={secret}",
        data={"grant_type": "client_credentials"},
    )
    assert answer.status_code == 400
    assert secret not in answer.text


async def test_guessing_at_a_secret_is_slowed_down_and_keeps_nobody_else_out(
    still_world: World, edge: Edge
) -> None:
    """Security checklist, line 19. Security checklist, line 28."""
    async with nothing_moves(still_world):
        answers = [await edge.ask_for_token("grocer-till", "x" * 40) for _ in range(40)]
    assert [one.status_code for one in answers[:25]] == [401] * 25
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["error"] == "slow_down"


async def test_trap_14_an_unknown_client_and_a_wrong_secret_are_answered_alike(edge: Edge) -> None:
    """Security checklist, line 16."""
    unknown = await edge.ask_for_token("nobody", "x" * 40)
    wrong = await edge.ask_for_token("grocer-till", "x" * 40)
    assert unknown.content == wrong.content
    assert dict(unknown.headers) == dict(wrong.headers)
