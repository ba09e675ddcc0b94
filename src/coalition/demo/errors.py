"""Why the demo could not go on."""


class DemoStopped(Exception):
    """The text says what happened and what to do."""
