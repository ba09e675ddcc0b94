"""The OAuth 2 authorization server: authlib's, with our clients, people, keys and rules.

authlib is synchronous and runs in a worker thread; where it asks for something that is stored,
the question goes back to the event loop, so there is one database driver and one pool in the
process.
"""

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from anyio import from_thread
from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidClientError,
    InvalidRequestError,
    InvalidScopeError,
    JsonRequest,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from joserfc import jwt
from starlette.responses import JSONResponse, Response

from coalition.access import (
    ALGORITHM,
    TOKEN_TYPE,
    ApiClient,
    Grant,
    Person,
    Scope,
    add_refresh_token,
    built_in_client,
    find_client,
)
from coalition.access.keys import ServerKeys
from coalition.access.tokens import LOGIN
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.oauth.assertions import client_by_assertion
from coalition.oauth.client import Client

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read by the edge. `form` is the query of an authorization request."""

    url: str
    headers: Mapping[str, str | None]
    form: dict[str, str]
    resources: Sequence[str] = ()


class InvalidTargetError(OAuth2Error):
    """RFC 8707 section 2: a resource that is none of ours."""

    error = "invalid_target"
    description = "The resource is not one of this server."


class Redirection(Response):
    """authlib's extension for `iss` wants to set where it leads."""

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @location.setter
    def location(self, address: str) -> None:
        self.headers["location"] = address


class _Issuer(IssuerParameter):
    def __init__(self, server: "OAuthServer") -> None:
        self._issuer = server.settings.issuer
        super().__call__(server)

    def get_issuer(self) -> str:
        return self._issuer


class _AccessTokens(JWTBearerTokenGenerator):
    """RFC 9068 tokens for our own /graphql, and refresh tokens where a person gave leave."""

    def __init__(self, server: "OAuthServer") -> None:
        super().__init__(issuer=server.settings.issuer, alg=ALGORITHM)
        self._server = server

    def __call__(
        self, grant_type: str, client: Client, user: Person | None = None, scope: str | None = None,
        include_refresh_token: bool = True, **_: object,  # noqa: FBT001, FBT002 - authlib's own
    ) -> dict[str, Any]:  # fmt: skip
        settings = self._server.settings
        now = int(time.time())
        own = client.found
        claims: dict[str, Any] = {
            "iss": settings.issuer,
            "aud": settings.audience,
            "sub": f"{LOGIN}{user.login_id}" if user else client.client_id,
            "client_id": client.client_id,
            "iat": now,
            "exp": now + settings.token_seconds,
            "jti": self.get_jti(client, grant_type, None, scope),
            "scope": scope or "",
        }
        named: dict[str, Any] = {
            "partner_id": user.partner_id if user else own and own.partner_id,
            "member_id": user.member_id if user else None,
            "grant": user.grant_id.hex if user else None,
            "store": own and own.store_code,
            "terminal": own and own.terminal_code,
        }
        claims |= {name: value for name, value in named.items() if value is not None}
        signing = self._server.keys.signing
        header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": signing.kid}
        token = {
            "access_token": jwt.encode(header, claims, signing),
            "token_type": "Bearer",
            "expires_in": settings.token_seconds,
            "scope": scope or "",
        }
        if user and include_refresh_token and client.check_grant_type(Grant.REFRESH_TOKEN):
            token["refresh_token"] = self._server.ask(
                lambda: add_refresh_token(
                    self._server.database, user.grant_id, now=self._server.now()
                )
            )
        return token


class OAuthServer(AuthorizationServer):
    """One per process. `keys` are set anew when they have been rotated."""

    def __init__(self, database: Database, settings: Settings, keys: ServerKeys) -> None:
        super().__init__(scopes_supported=[scope.value for scope in Scope])
        self.database = database
        self.settings = settings
        self.keys = keys
        self.register_token_generator("default", _AccessTokens(self))
        self.register_client_auth_method("private_key_jwt", self._by_assertion)
        _Issuer(self)

    def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """From authlib's thread: what the event loop finds out."""
        return from_thread.run(question)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def authenticate_client(
        self, request: OAuth2Request, methods: object, endpoint: str = "token"
    ) -> Client:
        """One answer for an unknown, a revoked and a wrongly authenticated client."""
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            raise InvalidClientError(
                description="The client is unknown, or its credentials are not right.",
                status_code=401,
            ) from None
        form = request.payload.data
        if form.get("client_id", client.client_id) != client.client_id:
            raise InvalidClientError(
                description="The form names another client than the credentials.", status_code=401
            )
        if request.auth_method == "client_secret_basic" and "client_secret" in form:
            raise InvalidRequestError("Send the credentials once (RFC 6749 section 2.3).")
        check_resources(request, self.settings)
        return client

    def query_client(self, client_id: str) -> Client:
        """A client, or one that stands for an unknown one: the same work and the same answer."""
        return Client(client_id, self.ask(lambda: self._find(client_id)))

    async def _find(self, client_id: str) -> ApiClient | None:
        if not client_id.isprintable():
            return None  # no id that PostgreSQL could even be asked for
        return built_in_client(
            client_id, self.settings.url, self.keys.web_secret
        ) or await find_client(self.database, client_id, now=self.now())

    def _by_assertion(
        self, query_client: Callable[[str], Client], request: OAuth2Request
    ) -> Client | None:
        return client_by_assertion(self, query_client, request)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing is kept: an access token proves itself and lives ten minutes at most."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: "Asked | OAuth2Request") -> OAuth2Request:
        if isinstance(request, OAuth2Request):
            return request
        asked = OAuth2Request("POST", request.url, headers=request.headers)
        asked.payload = BasicOAuth2Payload(request.form)
        # authlib's client authentication reads the form here; it refuses an empty one.
        asked._body = request.form or {"": ""}  # noqa: SLF001 - it has no setter
        asked.resources = request.resources
        return asked

    def create_json_request(self, request: object) -> JsonRequest:
        raise NotImplementedError("No endpoint of this server reads JSON.")

    def handle_response(
        self, status: int, body: object, headers: Sequence[tuple[str, str]]
    ) -> Response:
        named = dict(headers)
        if "Location" in named:
            return Redirection(status_code=303, headers={"Location": named["Location"]})
        if status == 401:  # noqa: PLR2004 - RFC 6749 section 5.2
            named["WWW-Authenticate"] = 'Basic realm="coalition", charset="UTF-8"'
        return JSONResponse(body, status_code=status, headers=named)


def check_resources(request: OAuth2Request, settings: Settings) -> None:
    """Raises `InvalidTargetError` for a resource that is not this server's (RFC 8707)."""
    ours = {settings.audience, settings.issuer}
    if any(one not in ours for one in getattr(request, "resources", ())):
        raise InvalidTargetError


def scopes_asked(client: Client, scope: str | None) -> frozenset[Scope]:
    """What is asked for, all of which the client may have. Raises `InvalidScopeError`."""
    granted = client.get_allowed_scope(scope)
    if granted is None:
        raise InvalidScopeError
    return frozenset(Scope(name) for name in granted.split())
