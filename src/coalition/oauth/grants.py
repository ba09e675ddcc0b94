"""The grants: how a client comes to a token."""

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidGrantError
from authlib.oauth2.rfc6749.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    AuthorizationPendingError,
    DeviceCodeGrant,
    ExpiredTokenError,
    SlowDownError,
)

from coalition.access import (
    OPERATOR_SCOPES,
    PARTNER_SCOPES,
    GivenIn,
    Person,
    Scope,
    TakenCode,
    begin_grant,
    find_refresh_token,
    poll_device,
    take_code,
    take_refresh_token,
)
from coalition.access.sessions import SignedIn
from coalition.oauth.client import Client
from coalition.oauth.server import OAuthServer, scopes_asked

_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


class ClientCredentials(ClientCredentialsGrant):
    """A client for itself. One without a secret or a key cannot be anybody."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS[:3]

    def validate_requested_scope(self) -> None:
        """Sets what is granted: what was asked for, or all that is the client's own to use."""
        client: Client = self.request.client
        own = (
            OPERATOR_SCOPES if client.found and client.found.partner_id is None else PARTNER_SCOPES
        )
        asked = self.request.payload.scope
        granted = scopes_asked(client, asked)
        if asked and not granted <= own:
            raise InvalidScopeError
        if not granted & own:
            raise InvalidScopeError
        self.request.payload.data["scope"] = " ".join(sorted(granted & own))


class _Code:
    """A code that was taken, as authlib asks about it."""

    code_challenge_method = "S256"

    def __init__(self, taken: TakenCode, client: Client) -> None:
        self.person = taken.person
        self._scope = _still_allowed(taken.person, client)
        self.redirect_uri = taken.redirect_uri
        self.code_challenge = taken.challenge

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self._scope


class AuthorizationCode(AuthorizationCodeGrant):
    """A person's leave, brought by its browser. `request.user` is who is signed in."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    server: OAuthServer

    def validate_requested_scope(self) -> None:
        scopes_asked(self.request.client, self.request.payload.scope)

    def generate_authorization_code(self) -> str:
        """Made and kept in one step; for what the person may allow of what was asked."""
        server, request = self.server, self.request
        person: SignedIn = request.user
        asked = scopes_asked(request.client, request.payload.scope)
        return server.ask(
            lambda: begin_grant(
                server.database,
                client_id=request.client.client_id,
                login_id=person.login_id,
                scopes=asked & person.scopes,
                redirect_uri=request.payload.redirect_uri,
                challenge=request.payload.data["code_challenge"],
                given_in=GivenIn(
                    # Our own pages are the person's only while it is signed in here.
                    person.session_id if request.client.found.built_in else None,
                    person.proved_at,
                ),
                now=server.now(),
            )
        )

    def save_authorization_code(self, code: str, request: object) -> None:
        """It was kept when it was made."""

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:
        server = self.server
        taken = server.ask(
            lambda: take_code(server.database, code, client.client_id, now=server.now())
        )
        return _Code(taken, client) if taken else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """It was used up when it was looked for."""

    def authenticate_user(self, authorization_code: _Code) -> Person:
        return authorization_code.person


class ChallengeS256(CodeChallenge):
    """Always, and S256 only: authlib also takes none, and `plain` (RFC 9700 section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: AuthorizationCode, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError(
                "Send a code_challenge with the code_challenge_method S256.",
                redirect_uri=redirect_uri,
            )
        super().validate_code_challenge(grant, redirect_uri)


class RefreshToken(RefreshTokenGrant):
    """A new access token, and a new refresh token each time."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: OAuthServer

    def authenticate_refresh_token(self, refresh_token: str) -> "_Refresh | None":
        server, client = self.server, self.request.client
        asked = set((self.request.payload.scope or "").split())
        if asked:
            # A mistake in what is asked for is found before the token is used up: sent again
            # without it, it would be a token used twice.
            found = server.ask(
                lambda: find_refresh_token(
                    server.database, refresh_token, client.client_id, now=server.now()
                )
            )
            if found and not asked <= set(_still_allowed(found[0], client).split()):
                raise InvalidScopeError
        person = server.ask(
            lambda: take_refresh_token(
                server.database, refresh_token, client.client_id, now=server.now()
            )
        )
        return _Refresh(person, client) if person else None

    def authenticate_user(self, refresh_token: "_Refresh") -> Person:
        return refresh_token.person

    def revoke_old_credential(self, refresh_token: "_Refresh") -> None:
        """It was used up when it was looked for."""


class _Refresh:
    def __init__(self, person: Person, client: Client) -> None:
        self.person = person
        self._scope = _still_allowed(person, client)

    def check_client(self, client: Client) -> bool:
        del client
        return True  # it was looked for as this client's own

    def get_scope(self) -> str:
        return self._scope


class DeviceCode(DeviceCodeGrant):
    """A till without a keyboard, allowed from somebody's telephone (RFC 8628)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    server: OAuthServer

    def validate_token_request(self) -> None:
        code = self.request.payload.data.get("device_code")
        if not code:
            raise InvalidRequestError("Missing 'device_code'.")
        client: Client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise InvalidGrantError("The client may not use this grant.")
        server = self.server
        outcome, person = server.ask(
            lambda: poll_device(server.database, code, client.client_id, now=server.now())
        )
        match outcome:
            case "ALLOWED" if person is not None:
                self.request.user = person
                self.request.client = client
                self.request.credential = _Refresh(person, client)
            case "PENDING":
                raise AuthorizationPendingError
            case "SLOW_DOWN":
                raise SlowDownError
            case "EXPIRED":
                raise ExpiredTokenError
            case "DENIED":
                raise AccessDeniedError
            case _:
                raise InvalidGrantError("The device_code is not known.")


def register(server: OAuthServer) -> None:
    server.register_grant(ClientCredentials)
    server.register_grant(AuthorizationCode, [ChallengeS256(required=True)])
    server.register_grant(RefreshToken)
    server.register_grant(DeviceCode)


def _still_allowed(person: Person, client: Client) -> str:
    """What the person allowed, without what the client has lost since. Raises `InvalidScopeError`
    when nothing is left.
    """
    scopes = person.scopes & client.found.scopes if client.found else frozenset[Scope]()
    if not scopes:
        raise InvalidScopeError
    return " ".join(sorted(scopes))
