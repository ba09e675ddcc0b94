"""What goes wrong, as exceptions."""

from dataclasses import dataclass


class CoalitionError(Exception):
    """Anything that this package raises about an answer of the server."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """`field` is the path inside `input`; empty when the refusal is about no one field."""

    code: str
    message: str
    field: tuple[str, ...]


class Refused(CoalitionError):
    """A law of the coalition refused the request, and nothing was written. `code` is stable."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        first = mistakes[0]
        super().__init__(f"{first.code}: {first.message}")
        self.code = first.code
        self.mistakes = mistakes


class RequestFailed(CoalitionError):
    """The server did not execute the request, or not to its end; `code` is stable.

    `request_id` stands in the server's log.
    """

    def __init__(self, code: str, message: str, *, status: int, request_id: str | None) -> None:
        super().__init__(f"{code}: {message} (request {request_id})")
        self.code = code
        self.status = status
        self.request_id = request_id


class TokenRefused(CoalitionError):
    """The token endpoint gave none; `code` is OAuth's, like `invalid_client`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class TryLater(CoalitionError):
    """Throttled or not available, however often it was tried.

    `retry_after` is in seconds, when the server told. Send the same again, with the same key.
    """

    def __init__(self, message: str, *, status: int, retry_after: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class NoAnswer(CoalitionError):
    """The server did not answer: what became of the request is not known.

    Send the same again, with the same key: it counts once.
    """
