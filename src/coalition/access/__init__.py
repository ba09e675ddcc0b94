"""Who is asking: actors, scopes, API clients, access tokens and the server's keys."""

from coalition.access.actor import (
    MEMBER_SCOPES,
    OPERATOR_SCOPES,
    PARTNER_SCOPES,
    Actor,
    ActorKind,
    Scope,
    acting_partner,
    require,
)
from coalition.access.administer import create_client, is_live_secret, set_secret
from coalition.access.clients import (
    SHORTEST_SECRET,
    ApiClient,
    find_client,
    hash_of,
    new_secret,
    secret_matches,
)
from coalition.access.keys import ServerKeys, load_keys, make_missing_keys
from coalition.access.tokens import ALGORITHM, TOKEN_TYPE, CheckedToken, TokenRefused, checked_token

__all__ = [
    "ALGORITHM",
    "MEMBER_SCOPES",
    "OPERATOR_SCOPES",
    "PARTNER_SCOPES",
    "SHORTEST_SECRET",
    "TOKEN_TYPE",
    "Actor",
    "ActorKind",
    "ApiClient",
    "CheckedToken",
    "Scope",
    "ServerKeys",
    "TokenRefused",
    "acting_partner",
    "checked_token",
    "create_client",
    "find_client",
    "hash_of",
    "is_live_secret",
    "load_keys",
    "make_missing_keys",
    "new_secret",
    "require",
    "secret_matches",
    "set_secret",
]
