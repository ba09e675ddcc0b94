"""`coalition demo`: six brands, real purchases, settled months, from an empty database.

Everything a brand does here it does as a real one would: over HTTP, with its own token, against
the server that `coalition serve` starts. The demo keeps its own tally of what it was answered and
compares it with the statements at the end.
"""

from coalition.demo.run import run_demo

__all__ = ["run_demo"]
