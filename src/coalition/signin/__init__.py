"""People sign in and out, look after what they allow, and open vouchers that they were given: pages
for a browser, and for passkeys a small script. Everything else works without JavaScript.
"""

from coalition.signin.routes import gift_routes, signin_routes

__all__ = ["gift_routes", "signin_routes"]
