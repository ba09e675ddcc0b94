"""An example: the till of a small shop, as a partner of a coalition would build it.

A program of its own that knows the public API and nothing else. See the README beside it.
"""
