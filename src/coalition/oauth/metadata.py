"""What clients and resource servers read about this server (RFC 8414, RFC 9728, RFC 7517)."""

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from coalition.access import Grant, Scope
from coalition.kit.config import Settings
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.oauth.assertions import ALGORITHMS
from coalition.oauth.desk import Desk
from coalition.oauth.endpoint import failed

# Shorter than a new key is shown before it signs: who reads the keys again when its copy has
# ended always has the one that signs (coalition.access.PUBLISHED_BEFORE).
_KEYS = {"Cache-Control": "public, max-age=30", "Access-Control-Allow-Origin": "*"}
_PUBLIC = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
_BY_SECRET_OR_KEY = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


class Metadata:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/oauth-authorization-server", self.server),
            Route("/.well-known/oauth-protected-resource", self.resource),
            Route("/.well-known/oauth-protected-resource/graphql", self.resource),
            Route("/oauth/jwks", self.keys),
        ]

    async def server(self, request: Request) -> Response:
        del request
        return JSONResponse(server_metadata(self._desk.settings), headers=_PUBLIC)

    async def resource(self, request: Request) -> Response:
        del request
        settings = self._desk.settings
        return JSONResponse(
            {
                "resource": settings.audience,
                "authorization_servers": [settings.issuer],
                "scopes_supported": [scope.value for scope in Scope],
                "bearer_methods_supported": ["header"],
                "resource_name": "The coalition's GraphQL API",
            },
            headers=_PUBLIC,
        )

    async def keys(self, request: Request) -> Response:
        del request
        try:
            keys = (await self._desk.server()).keys.checking
        except (Unavailable, Misconfigured):
            return failed(503, "temporarily_unavailable", "Ask again.", {"Retry-After": "2"})
        shown = [one.as_dict(private=False, use="sig", alg="ES256") for one in keys.keys]
        return JSONResponse({"keys": shown}, headers=_KEYS)


def server_metadata(settings: Settings) -> AuthorizationServerMetadata:
    """Checked by the library against RFC 8414 before anybody reads it."""
    issuer = settings.issuer
    return AuthorizationServerMetadata(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth/authorize",
            "token_endpoint": f"{issuer}/oauth/token",
            "jwks_uri": f"{issuer}/oauth/jwks",
            "revocation_endpoint": f"{issuer}/oauth/revoke",
            "introspection_endpoint": f"{issuer}/oauth/introspect",
            "device_authorization_endpoint": f"{issuer}/oauth/device_authorization",
            "scopes_supported": [scope.value for scope in Scope],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [grant.value for grant in Grant],
            "token_endpoint_auth_methods_supported": [*_BY_SECRET_OR_KEY, "none"],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "revocation_endpoint_auth_methods_supported": [*_BY_SECRET_OR_KEY, "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "introspection_endpoint_auth_methods_supported": _BY_SECRET_OR_KEY,
            "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "protected_resources": [settings.audience],
        }
    )
