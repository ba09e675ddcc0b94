"""People sign in and out, and look after what they allow: pages for a browser, and for passkeys a
small script. Everything else works without JavaScript.
"""

from coalition.signin.routes import signin_routes

__all__ = ["signin_routes"]
