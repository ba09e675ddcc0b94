"""The OAuth 2 authorization server: authlib's, with our clients, keys and rules.

authlib is synchronous and runs in a worker thread; where it asks for a client, the question goes
back to the event loop, so there is one database driver and one pool in the process.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from anyio import from_thread
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidScopeError,
    JsonRequest,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc import jwt
from starlette.responses import JSONResponse, Response

from coalition.access import ALGORITHM, TOKEN_TYPE, ApiClient, Scope, find_client, secret_matches
from coalition.access.keys import ServerKeys
from coalition.kit.config import Settings
from coalition.kit.database import Database

CLIENT_CREDENTIALS = "client_credentials"


@dataclass(frozen=True, slots=True)
class AskedForToken:
    """A request to the token endpoint, read by the edge."""

    url: str
    headers: Mapping[str, str | None]
    form: dict[str, str]


class Client(ClientMixin):
    """A registered client as authlib asks about it; `found` None stands for an unknown one."""

    def __init__(self, client_id: str, found: ApiClient | None) -> None:
        self.client_id = client_id
        self.found = found

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All that was asked for, or nothing: a scope is never narrowed in silence."""
        own = {name.value for name in self.found.scopes} if self.found else set()
        asked = set(scope.split()) if scope else own
        return " ".join(sorted(asked)) if asked and asked <= own else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        del redirect_uri
        return False

    def check_client_secret(self, client_secret: str) -> bool:
        # Unknown, revoked and wrong take the same work and get the same answer.
        matches = secret_matches(self.found, client_secret)
        return matches and self.found is not None and self.found.active

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        del response_type
        return False

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == CLIENT_CREDENTIALS


class _ClientCredentials(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def validate_requested_scope(self) -> None:
        """Sets what is granted; authlib refuses with invalid_scope when that is nothing."""
        client = self.request.client
        granted = client.get_allowed_scope(self.request.payload.scope)
        if granted is None:
            raise InvalidScopeError
        self.request.payload.data["scope"] = granted


class _AccessTokens(JWTBearerTokenGenerator):
    """RFC 9068 tokens that live `seconds` and are for our own /graphql."""

    def __init__(self, settings: Settings, keys: ServerKeys) -> None:
        super().__init__(issuer=settings.issuer, alg=ALGORITHM)
        self._settings = settings
        self._keys = keys

    def __call__(
        self, grant_type: str, client: Client, user: object = None, scope: str | None = None,
        **_: object,
    ) -> dict[str, Any]:  # fmt: skip
        del user
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": client.client_id,
            "client_id": client.client_id,
            "iat": now,
            "exp": now + self._settings.token_seconds,
            "jti": self.get_jti(client, grant_type, None, scope),
            "scope": scope or "",
        }
        if client.found is not None and client.found.partner_id is not None:
            claims["partner_id"] = client.found.partner_id
        header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": self._keys.signing.kid}
        return {
            "access_token": jwt.encode(header, claims, self._keys.signing),
            "token_type": "Bearer",
            "expires_in": self._settings.token_seconds,
            "scope": scope or "",
        }


class OAuthServer(AuthorizationServer):
    """One per process."""

    def __init__(self, database: Database, settings: Settings, keys: ServerKeys) -> None:
        super().__init__(scopes_supported=[scope.value for scope in Scope])
        self._database = database
        self.register_token_generator("default", _AccessTokens(settings, keys))
        self.register_grant(_ClientCredentials)

    def authenticate_client(
        self, request: OAuth2Request, methods: object, endpoint: str = "token"
    ) -> ClientMixin:
        """One answer for an unknown, a revoked and a wrongly authenticated client."""
        try:
            return super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            raise InvalidClientError(
                description="The client is unknown, or its secret is not right.", status_code=401
            ) from None

    def query_client(self, client_id: str) -> Client:
        found = from_thread.run(self._find, client_id)
        return Client(client_id, found)

    async def _find(self, client_id: str) -> ApiClient | None:
        if not client_id.isprintable():
            return None  # no id that PostgreSQL could even be asked for
        return await find_client(self._database, client_id, now=datetime.now(UTC))

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing is kept: a token proves itself and lives ten minutes at most."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: "AskedForToken | OAuth2Request") -> OAuth2Request:
        if isinstance(request, OAuth2Request):
            return request
        asked = OAuth2Request("POST", request.url, headers=request.headers)
        asked.payload = BasicOAuth2Payload(request.form)
        # authlib's client authentication reads the form here.
        asked._body = request.form  # noqa: SLF001 - it has no setter
        return asked

    def create_json_request(self, request: object) -> JsonRequest:
        raise NotImplementedError("No endpoint of this server reads JSON.")

    def handle_response(
        self, status: int, body: object, headers: list[tuple[str, str]]
    ) -> Response:
        return JSONResponse(body, status_code=status, headers=dict(headers))

    def answer(self, asked: AskedForToken) -> Response:
        """In a worker thread. Raises `Unavailable`."""
        response: Response = self.create_token_response(asked)
        return response
