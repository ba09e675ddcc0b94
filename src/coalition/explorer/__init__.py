"""The page /graphiql: the API to look around in, for people who are signed in.

All of it is served from here: the page works where no other host can be reached, and its policy
lets it reach none. What it is built from is in source/, by scripts/build_explorer.
"""

from coalition.explorer.examples import EXAMPLES, Example
from coalition.explorer.page import Explorer

__all__ = ["EXAMPLES", "Example", "Explorer"]
