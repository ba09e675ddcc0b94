"""People sign in and out, look after what they allow, open vouchers that they were given, and read
the terms before they join: pages for a browser, and for passkeys a small script. Everything else
works without JavaScript.
"""

from coalition.signin.routes import public_routes, signin_routes

__all__ = ["public_routes", "signin_routes"]
