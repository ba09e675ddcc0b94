"""People sign in and out: pages for a browser, with or without JavaScript."""

from coalition.signin.pages import SignIn

__all__ = ["SignIn"]
