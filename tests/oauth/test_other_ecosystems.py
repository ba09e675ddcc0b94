"""Clients that others have written come to their tokens, unmodified."""

import asyncio
import json
import secrets
import time
from pathlib import Path
from urllib.parse import urlsplit

from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from tests.oauth.conftest import brands
from tests.oauth.people import MACHINE_KEY, PASSWORD, Browser, a_login
from tests.support import World
from tests.support.live import live_edge
from tests.support.node import command, environment


async def test_openid_client_and_oauth4webapi_go_through_every_flow(world: World) -> None:
    applied = await world.apply(brands=brands())
    await a_login(world, "mia@example.com", member=await world.enrol("Mia"))
    await a_login(world, "sup@grocer.example", "support", brand="grocer")
    async with live_edge(world, applied.new_secrets) as edge:
        issuer = str(edge.http.base_url).rstrip("/")
        script = Path(__file__).with_name("clients.mjs")
        process = await asyncio.create_subprocess_exec(
            *command(
                script,
                issuer,
                "grocer-till",
                applied.new_secrets["grocer-till"],
                "grocer-machine",
                json.dumps(MACHINE_KEY.as_dict(private=True)),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        people = iter(["mia@example.com", "sup@grocer.example"] * 2)
        said = ""
        while line := (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip():
            said = line
            if not line.startswith("GO "):
                break
            led = await _browse(Browser(edge.http), line.removeprefix("GO "), next(people), issuer)
            process.stdin.write(f"{led}\n".encode())
        _, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    assert json.loads(said) == {
        "oauth4webapi": {
            "byBasic": "grocer-till",
            "byKey": "grocer-machine",
            "introspection": True,
            "code": "member:read member:redeem",
            "refreshed": "member:read member:redeem",
            "device": "members:read",
        },
        "openidClient": {
            "byBasic": "points:award",
            "byPost": "points:redeem",
            "byKey": "points:award",
            "introspection": True,
            "code": "member:read",
            "refreshed": True,
            "revoked": "invalid_grant",
            "device": "members:read",
        },
    }


async def test_authlibs_own_client_comes_to_its_tokens(world: World) -> None:
    applied = await world.apply(brands=brands())
    await a_login(world, "mia@example.com", member=await world.enrol("Mia"))
    async with live_edge(world, applied.new_secrets) as edge:
        issuer = str(edge.http.base_url).rstrip("/")
        told = (await edge.http.get("/.well-known/oauth-authorization-server")).json()
        secret = applied.new_secrets["grocer-till"]
        for method in ("client_secret_basic", "client_secret_post"):
            async with AsyncOAuth2Client(
                "grocer-till", secret, token_endpoint_auth_method=method, scope="points:award"
            ) as till:
                token = await till.fetch_token(told["token_endpoint"])
                assert token["scope"] == "points:award"
                answer = await till.post(f"{issuer}/graphql", json={"query": "{ viewer { kind } }"})
                assert answer.json()["data"] == {"viewer": {"kind": "PARTNER"}}
        async with AsyncOAuth2Client(
            "grocer-machine", MACHINE_KEY, token_endpoint_auth_method="private_key_jwt"
        ) as machine:
            # Its own choice is an hour, which is longer than an assertion may live here.
            soon = {"exp": int(time.time()) + 60}
            signing = PrivateKeyJWT(told["token_endpoint"], claims=soon, alg="ES256")
            machine.register_client_auth_method(signing)
            token = await machine.fetch_token(
                told["token_endpoint"], grant_type="client_credentials"
            )
            assert token["scope"] == "points:award"
        async with AsyncOAuth2Client(
            "grocer-shop", token_endpoint_auth_method="none", scope="member:read",
            redirect_uri="http://127.0.0.1/callback", code_challenge_method="S256",
        ) as shop:  # fmt: skip
            verifier = secrets.token_urlsafe(48)
            address, state = shop.create_authorization_url(
                told["authorization_endpoint"], code_verifier=verifier
            )
            led = await _browse(Browser(edge.http), address, "mia@example.com", issuer)
            token = await shop.fetch_token(
                told["token_endpoint"], authorization_response=led, state=state,
                code_verifier=verifier,
            )  # fmt: skip
            assert token["scope"] == "member:read"
            renewed = await shop.refresh_token(told["token_endpoint"])
            assert renewed["refresh_token"] != token["refresh_token"]
            revoked = await shop.revoke_token(
                told["revocation_endpoint"], renewed["refresh_token"],
                token_type_hint="refresh_token",
            )  # fmt: skip
            assert revoked.status_code == 200


async def _browse(browser: Browser, address: str, who: str, issuer: str) -> str:
    browser.http.cookies.clear()
    await browser.http.post(
        "/signin",
        data={"email": who, "password": PASSWORD},
        headers={"Origin": issuer},
    )
    parts = urlsplit(address)
    shown = await browser.http.get(f"{parts.path}?{parts.query}")
    decided = await browser.decide(shown, "allow")
    return str(decided.headers.get("location", issuer))
