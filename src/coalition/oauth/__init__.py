"""The OAuth 2 token endpoint."""

from coalition.oauth.endpoint import TokenEndpoint

__all__ = ["TokenEndpoint"]
