"""The two ways in which a verb can fail to do what was asked.

A `Refusal` is an answer: a law of the coalition was broken, nothing was written, and the
caller is told which law, with the value that broke it and what to do. Anything else that
is raised is a fault of ours, except `Unavailable`: the database cannot be reached just now,
and the same request with the same idempotency key may safely be sent again.
"""

from typing import ClassVar

_by_code: dict[str, type["Refusal"]] = {}


class Refusal(Exception):
    """A law of the coalition refuses the request; nothing was written.

    `code` is stable and public (docs/errors.md lists every one). `field` is the path inside
    the mutation's `input` whose value broke the law.
    """

    code: ClassVar[str]
    message: str
    field: tuple[str, ...]

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        code = cls.__dict__.get("code")
        if code is None:
            return
        if code in _by_code:
            raise TypeError(f"Two refusals share the code {code}: {_by_code[code]} and {cls}.")
        _by_code[code] = cls


class MixedDryRun(Refusal):
    """A document is done, or it is rehearsed: its mutations agree on `dryRun`."""

    code = "MIXED_DRY_RUN"


def refusal_codes() -> dict[str, type[Refusal]]:
    """Every refusal that the loaded capabilities define, by its public code."""
    return dict(_by_code)


class Unavailable(Exception):
    """The database cannot be reached. Nothing is known to be wrong with the request."""


class NotAllowed(Exception):
    """The actor's token does not carry the scope, or is of the wrong kind, for this verb."""

    def __init__(self, message: str, *, scope: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.scope = scope


class Misconfigured(Exception):
    """A setting, a file or the installation is wrong; the text says which and what to do."""
