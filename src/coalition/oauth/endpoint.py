"""The endpoints for programs: a form in, JSON out, never a 500 for bad input."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import anyio.to_thread
import structlog
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from coalition.access import (
    CheckedToken,
    Person,
    TokenRefused,
    begin_device,
    checked_token,
    end_grant,
    find_refresh_token,
    living_scopes,
)
from coalition.access.tokens import LOGIN
from coalition.kit.addresses import network_of
from coalition.kit.buckets import Buckets
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.oauth.client import Client
from coalition.oauth.desk import Desk
from coalition.oauth.server import Asked, OAuthServer, scopes_asked
from coalition.oauth.user_codes import new_user_code

_FORM = "application/x-www-form-urlencoded"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_LARGEST_FORM = 64
_LONGEST_VALUE = 10_000
_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
_MORE_THAN_ONE_WAY = frozenset({"client_secret", "client_assertion"})
_HINTS = {"access_token", "refresh_token"}
_log = structlog.get_logger()

Work = Callable[[OAuthServer, Asked], Response]


class ProgramEndpoints:
    """/oauth/token, /oauth/revoke, /oauth/introspect, /oauth/device_authorization."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # By address, and by client there: tills of several brands may share one address. What was
        # refused counts by address alone, so that nobody can keep a brand's client out by guessing
        # at its secret.
        self._by_address = Buckets(200, 20)
        self._by_client = Buckets(100, 10)
        self._refused = Buckets(30, 0.5)

    async def token(self, request: Request) -> Response:
        return await self._answer(
            request, lambda server, asked: server.create_token_response(asked)
        )

    async def revoke(self, request: Request) -> Response:
        return await self._answer(request, _revoked)

    async def introspect(self, request: Request) -> Response:
        return await self._answer(request, _introspected)

    async def device(self, request: Request) -> Response:
        return await self._answer(request, _device_begun)

    async def _answer(self, request: Request, work: Work) -> Response:
        address = network_of(request.client.host if request.client else None)
        refused = _no_request(request) or self._too_many(address)
        if refused is not None:
            return refused
        try:
            asked = await self._read(request)
            taken = self._by_client.take((address, _claimed_client(asked)))
            if not taken.allowed:
                return _wait(taken.retry_after)
            server = await self._desk.server()
            response = await anyio.to_thread.run_sync(_guarded, server, work, asked)
        except ValueError as error:
            return failed(400, "invalid_request", str(error))
        except HTTPException:
            return failed(400, "invalid_request", "The form has too many fields or cannot be read.")
        except (Unavailable, Misconfigured) as error:
            _log.warning("no tokens just now", reason=str(error))
            return failed(
                503, "temporarily_unavailable", "No tokens just now. Ask again.",
                {"Retry-After": "2"},
            )  # fmt: skip
        if response.status_code == 401:  # noqa: PLR2004 - RFC 6749 section 5.2
            self._refused.take(address)
        response.headers.update(_NO_STORE)
        return response

    def _too_many(self, address: str) -> Response | None:
        taken = self._by_address.take(address)
        if taken.allowed:
            taken = self._refused.take(address)
            # Only asked whether there is one left; it is used up when the answer is a refusal.
            self._refused.give_back(address, float(taken.allowed))
        return None if taken.allowed else _wait(taken.retry_after)

    async def _read(self, request: Request) -> Asked:
        """Raises `ValueError` for what cannot be read in one way only."""
        form = await request.form(max_fields=_LARGEST_FORM, max_files=0)
        fields: dict[str, str] = {}
        resources: list[str] = []
        for name, value in form.multi_items():
            if not isinstance(value, str) or len(value) > _LONGEST_VALUE or "\0" in value:
                raise ValueError(f"The parameter {name[:40]!a} cannot be read.")
            if name == "resource":
                resources.append(value)
            elif name in fields:
                raise ValueError(f"The parameter {name[:40]!a} is given twice.")
            else:
                fields[name] = value
        authorization = _readable_basic(request.headers.get("authorization"))
        if authorization is not None and not _MORE_THAN_ONE_WAY.isdisjoint(fields):
            raise ValueError("Say who you are in one way (RFC 6749 section 2.3).")
        headers = {"Authorization": authorization}
        return Asked(f"{self._desk.settings.issuer}{request.url.path}", headers, fields, resources)


def _no_request(request: Request) -> Response | None:
    if request.method != "POST":
        return failed(405, "invalid_request", "Ask by POST.", {"Allow": "POST"})
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return failed(400, "invalid_request", f"Send the request as {_FORM}.")
    if request.url.query:
        return failed(400, "invalid_request", "Send nothing in the address, all in the form.")
    return None


def _guarded(server: OAuthServer, work: Work, asked: Asked) -> Response:
    """In authlib's thread. It raises ValueError for characters that it does not expect."""
    try:
        return work(server, asked)
    except OAuth2Error as error:
        status, body, headers = error()
        return server.handle_response(status, body, headers)
    except ValueError:
        return failed(400, "invalid_request", "The request holds characters that are not allowed.")


def _revoked(server: OAuthServer, asked: Asked) -> Response:
    """RFC 7009: the permission that a token stands on ends, with all its tokens. A token of
    another client, and one that is none, are answered alike: as revoked.
    """
    client, request = _authenticated(server, asked, (*_METHODS, "none"))
    token, refused = _token_asked_for(request)
    if refused is not None:
        return refused
    grant_id = _grant_of(server, client, token)
    if grant_id is not None:
        server.ask(lambda: end_grant(server.database, grant_id, client.client_id, now=server.now()))
    return JSONResponse({}, headers=_NO_STORE)


def _grant_of(server: OAuthServer, client: Client, token: str) -> UUID | None:
    found = _refresh_token(server, client, token)
    if found is not None:
        return found[0].grant_id
    checked = _access_token(server, client, token)
    return checked.grant_id if checked else None


def _introspected(server: OAuthServer, asked: Asked) -> Response:
    """RFC 7662: what a token is. A client asks about its own tokens only."""
    client, request = _authenticated(server, asked)
    token, refused = _token_asked_for(request)
    if refused is not None:
        return refused
    settings = server.settings
    found = _refresh_token(server, client, token)
    if found is not None:
        person, ends_at = found
        return JSONResponse(
            {
                "active": True, "client_id": client.client_id, "token_type": "refresh_token",
                "scope": " ".join(sorted(person.scopes)), "sub": f"{LOGIN}{person.login_id}",
                "iss": settings.issuer, "exp": int(ends_at.timestamp()),
            },
            headers=_NO_STORE,
        )  # fmt: skip
    checked = _access_token(server, client, token)
    if checked is None:
        return JSONResponse({"active": False}, headers=_NO_STORE)
    actor = checked.actor
    return JSONResponse(
        {
            "active": True, "client_id": actor.client_id, "token_type": "Bearer",
            "sub": checked.subject,
            "scope": " ".join(sorted(actor.scopes)), "iss": settings.issuer,
            "aud": settings.audience, "exp": checked.ends_at,
            **({"partner_id": actor.partner_id} if actor.partner_id is not None else {}),
        },
        headers=_NO_STORE,
    )  # fmt: skip


def _device_begun(server: OAuthServer, asked: Asked) -> Response:
    """RFC 8628 section 3.1."""
    client, request = _authenticated(server, asked, (*_METHODS, "none"))
    if not client.check_grant_type("urn:ietf:params:oauth:grant-type:device_code"):
        return failed(400, "unauthorized_client", "The client may not ask for this.")
    scopes = scopes_asked(client, request.payload.scope)
    user_code = new_user_code()
    device_code = server.ask(
        lambda: begin_device(
            server.database, client_id=client.client_id, scopes=scopes,
            user_code=user_code.replace("-", ""), now=server.now(),
        )
    )  # fmt: skip
    address = f"{server.settings.url}/device"
    return JSONResponse(
        {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": address,
            "verification_uri_complete": f"{address}?user_code={user_code}",
            "expires_in": 600,
            "interval": 5,
        },
        headers=_NO_STORE,
    )


def _authenticated(
    server: OAuthServer, asked: Asked, methods: tuple[str, ...] = _METHODS
) -> tuple[Client, OAuth2Request]:
    request = server.create_oauth2_request(asked)
    return server.authenticate_client(request, methods), request


def _token_asked_for(request: OAuth2Request) -> tuple[str, Response | None]:
    form = request.payload.data
    hint = form.get("token_type_hint")
    if not form.get("token"):
        return "", failed(400, "invalid_request", "Send the token.")
    if hint is not None and hint not in _HINTS:
        return "", failed(
            400, "unsupported_token_type", f"The hint is one of {', '.join(sorted(_HINTS))}."
        )
    return form["token"], None


def _refresh_token(
    server: OAuthServer, client: Client, token: str
) -> tuple[Person, datetime] | None:
    return server.ask(
        lambda: find_refresh_token(server.database, token, client.client_id, now=datetime.now(UTC))
    )


def _access_token(server: OAuthServer, client: Client, token: str) -> CheckedToken | None:
    settings = server.settings
    try:
        found = checked_token(
            token, keys=server.keys.checking, issuer=settings.issuer, audience=settings.audience
        )
    except TokenRefused:
        return None
    if found.actor.client_id != client.client_id:
        return None
    living = server.ask(
        lambda: living_scopes(
            server.database, client.client_id, found.grant_id,
            built_in=client.found is not None and client.found.built_in,
        )
    )  # fmt: skip
    return found.limited_to(living)


def _readable_basic(header: str | None) -> str | None:
    """The header, unless its credentials are no UTF-8: those would be a 500 inside authlib."""
    if header is None:
        return None
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            base64.b64decode(credentials, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError("The Authorization header cannot be read.") from None
    return header


def _claimed_client(asked: Asked) -> str:
    """Whom a request says it is from. Nobody believes it but the count of requests."""
    header = asked.headers.get("Authorization") or ""
    return (
        asked.form.get("client_id")
        or extract_basic_authorization({"Authorization": header})[0]
        or ""
    )


def _wait(seconds: float) -> Response:
    wait = max(round(seconds + 0.5), 1)
    return failed(
        429, "slow_down", f"Too many requests. Ask again in {wait} seconds.",
        {"Retry-After": str(wait)},
    )  # fmt: skip


def failed(
    status: int, code: str, description: str, headers: dict[str, str] | None = None
) -> Response:
    return JSONResponse(
        {"error": code, "error_description": description},
        status_code=status,
        headers=_NO_STORE | (headers or {}),
    )
