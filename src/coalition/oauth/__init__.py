"""The OAuth 2 authorization server: for programs, and the pages on which people allow them."""

from coalition.oauth.routes import oauth_routes

__all__ = ["oauth_routes"]
