"""People with browsers, for what they allow programs."""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from coalition.access import ActorKind
from coalition.access.passwords import hash_of_password
from coalition.access.sessions import SECURE_COOKIE, begin_session
from tests.support import Person, World
from tests.support.edge import URL, Edge

PASSWORD = "three plain words of hers"
MACHINE_KEY = ECKey.generate_key("P-256", {"kid": "machine-1", "alg": "ES256"})
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SHOP = "https://shop.example/callback"


@cache
def _hash() -> str:
    """Made once: to be slow is its purpose."""
    return hash_of_password(PASSWORD)


async def a_login(
    world: World, email: str, *roles: str, brand: str | None = None, member: Person | None = None
) -> None:
    """What `add_login` leaves, with the password `PASSWORD`."""
    kind = ActorKind.PARTNER if brand else ActorKind.MEMBER if member else ActorKind.OPERATOR
    await world.superuser.execute(
        "INSERT INTO login (email, kind, partner_id, member_id, roles, password_hash)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        email, kind.value, world.partner(brand).id if brand else None,
        member.member_id if member else None, sorted(roles or ["member"]), _hash(),
    )  # fmt: skip


@dataclass
class Browser:
    """Keeps cookies, follows nothing by itself."""

    http: httpx2.AsyncClient

    async def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
        return await self.http.post(
            "/signin", data={"email": email, "password": password, **more}, headers={"Origin": URL}
        )

    async def enter(self, world: World, email: str, cookie: str = SECURE_COOKIE) -> None:
        """Signed in, without the work that a password makes."""
        ((login_id,),) = await world.rows("SELECT id FROM login WHERE email = $1", email)
        assert isinstance(login_id, int)
        token = await begin_session(world.database, login_id, None, now=datetime.now(UTC))
        self.http.cookies.set(cookie, token)

    async def decide(
        self, shown: httpx2.Response, decision: str, *, twice: str | None = None
    ) -> httpx2.Response:
        """Press a button of a consent page. `twice`: the field that is sent two times."""
        (action,) = re.findall(r'<form method="post" action="([^"]+)"', shown.text)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text)
        fields = {name: unescape(value) for name, value in hidden}
        sent: dict[str, str | list[str]] = {**fields, "decision": decision}
        if twice is not None:
            sent[twice] = [fields[twice]] * 2
        return await self.http.post(unescape(action), data=sent)


@dataclass
class Challenge:
    verifier: str
    challenge: str


def a_challenge() -> Challenge:
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Challenge(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def asking(client: str, challenge: Challenge | None, **more: str) -> dict[str, str]:
    asked = {
        "response_type": "code", "client_id": client, "redirect_uri": SHOP,
        "scope": "member:read", "state": "st&te=1 x",
    }  # fmt: skip
    if challenge:
        asked |= {"code_challenge": challenge.challenge, "code_challenge_method": "S256"}
    return {name: value for name, value in (asked | more).items() if value}


def led_back(answer: httpx2.Response) -> Mapping[str, str]:
    """What a redirection to the client carries."""
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == SHOP, address
    values: Mapping[str, Sequence[str]] = parse_qs(address.query, strict_parsing=True)
    assert values["iss"] == [URL]
    return {name: value for name, (value,) in values.items()}


async def exchange(
    edge: Edge, code: str, challenge: Challenge, client: str = "grocer-shop", **more: str
) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": SHOP,
        "client_id": client, "code_verifier": challenge.verifier,
    }  # fmt: skip
    return await edge.http.post("/oauth/token", data=form | more)


async def ask_viewer(edge: Edge, token: str) -> httpx2.Response:
    return await edge.http.post(
        "/graphql",
        json={"query": "{ viewer { kind scopes partner { code } member { id } } }"},
        headers={"Authorization": f"Bearer {token}"},
    )


async def a_code(browser: Browser, **more: str) -> tuple[str, Challenge]:
    challenge = a_challenge()
    shown = await browser.http.get(
        "/oauth/authorize", params=asking("grocer-shop", challenge, **more)
    )
    assert shown.status_code == 200, shown.text
    return led_back(await browser.decide(shown, "allow"))["code"], challenge


async def refreshed(edge: Edge, token: str, **more: str) -> dict[str, str]:
    answer = await edge.http.post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "client_id": "grocer-shop", "refresh_token": token}
        | more,
    )
    found: dict[str, str] = answer.json()
    return found


@dataclass(frozen=True)
class In:
    """So many seconds from the moment of the test: one from when the tests are gathered may have
    come by the time that it is used.
    """

    seconds: int
    as_text: bool = False


def by_now(claims: Mapping[str, object]) -> dict[str, object]:
    """Claims with each `In` as the second since 1970 that it stands for."""
    now = int(time.time())
    found: dict[str, object] = {}
    for name, value in claims.items():
        if isinstance(value, In):
            second = now + value.seconds
            found[name] = str(second) if value.as_text else second
        else:
            found[name] = value
    return found


def an_assertion(**more: object) -> str:
    now = int(time.time())
    claims = {
        "iss": "grocer-machine", "sub": "grocer-machine", "aud": URL, "jti": f"j-{time.time_ns()}",
        "iat": now, "exp": now + 60,
    } | more  # fmt: skip
    return jwt.encode({"alg": "ES256", "kid": "machine-1"}, claims, MACHINE_KEY)


def with_key(assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
