"""The one failure of the embedded database."""


class EmbeddedDatabaseError(Exception):
    """The embedded PostgreSQL cannot be found, started, shared or stopped.

    The text says what failed, where, and what to do next.
    """
