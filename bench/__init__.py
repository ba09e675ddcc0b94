"""Measurements of this machine, each beside the reference that it is a ratio of."""
