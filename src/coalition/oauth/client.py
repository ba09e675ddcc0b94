"""A registered client as authlib asks about it."""

import ipaddress
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import ClientMixin

from coalition.access import ApiClient, Authentication, secret_matches

_METHODS = {
    Authentication.SECRET: {"client_secret_basic", "client_secret_post"},
    Authentication.PRIVATE_KEY: {"private_key_jwt"},
    Authentication.NONE: {"none"},
}


class Client(ClientMixin):
    """`found` None stands for an unknown client."""

    def __init__(self, client_id: str, found: ApiClient | None) -> None:
        self.client_id = client_id
        self.found = found

    @property
    def active(self) -> bool:
        return self.found is not None and self.found.active

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None, always: a client says where it wants to be led back to."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All that was asked for, or nothing: a scope is never narrowed in silence."""
        own = {name.value for name in self.found.scopes} if self.found else set()
        asked = set(scope.split()) if scope else own
        return " ".join(sorted(asked)) if asked and asked <= own else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Letter by letter; a native program may listen on any port of its own machine
        (RFC 8252 section 7.3).
        """
        if not self.active or self.found is None:
            return False
        known = self.found.redirect_uris
        if redirect_uri in known:
            return True
        if self.found.authentication is not Authentication.NONE:
            return False
        return any(_alike_but_for_the_port(redirect_uri, one) for one in known)

    def check_client_secret(self, client_secret: str) -> bool:
        # Unknown, revoked and wrong take the same work and get the same answer.
        return secret_matches(self.found, client_secret) and self.active

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        del endpoint
        return (
            self.found is not None and self.active and method in _METHODS[self.found.authentication]
        )

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.check_grant_type("authorization_code")

    def check_grant_type(self, grant_type: str) -> bool:
        return self.found is not None and grant_type in {one.value for one in self.found.grants}


def _alike_but_for_the_port(given: str, known: str) -> bool:
    try:
        one, other = urlsplit(given), urlsplit(known)
        is_loopback = ipaddress.ip_address(other.hostname or "").is_loopback
        port_is_one = one.port is None or one.port > 0
    except ValueError:
        return False
    return (
        is_loopback
        and port_is_one
        and one.scheme == other.scheme == "http"
        and (one.hostname, one.path, one.query) == (other.hostname, other.path, other.query)
        and not one.username
        and not one.password
        and not one.fragment
    )
