"""The one place where what went wrong becomes what a client reads.

A refusal is an answer: `userErrors` of the mutation's payload, HTTP 200. Anything else is a
top-level error with a stable `extensions.code` and the request's id; what we did not foresee is
masked and stands in the log only.
"""

import re
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, Protocol, Self

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import FieldExtension

# Loaded for the refusals that they define: the enum below lists every one.
from coalition import (
    bulk,
    consents,
    disputes,
    documents,
    earning,
    files,
    household,
    insight,
    joining,
    mail,
    members,
    missing,
    opening,
    partners,
    payments,
    privacy,
    reconciliation,
    redemption,
    settlement,
    transfer,
    webhooks,
)
from coalition.api.viewers import shown_to
from coalition.kit.errors import Misconfigured, NotAllowed, Refusal, Unavailable, refusal_codes

_log = structlog.get_logger()
_CAPABILITIES = (
    bulk,
    consents,
    disputes,
    documents,
    earning,
    files,
    household,
    insight,
    joining,
    mail,
    members,
    missing,
    opening,
    partners,
    payments,
    privacy,
    reconciliation,
    redemption,
    settlement,
    transfer,
    webhooks,
)

# Named by the public contract; the features that answer them are still to come.
RESERVED = {
    "PERIOD_NOT_OPEN": "The period takes no more of this. Reserved: nothing answers it yet.",
    "REGISTRATION_REQUIRED": "The member must register first. Reserved: nothing answers it yet.",
    "REQUEST_IN_PROGRESS": "The same key is being worked on. Reserved: such a request waits.",
    "STEP_UP_REQUIRED": "The member must confirm it is them. Reserved: nothing answers it yet.",
}


# A guess at a name tells somebody who guesses which names there are.
_LONGEST_MESSAGE = 500
_DIGITS = re.compile(r"\d[\d ]*")
_SUGGESTION = re.compile(r" Did you mean .*", re.DOTALL)

NOT_AVAILABLE = (
    "The service is not available just now."
    " Send the same request again with the same idempotency key."
)


def _codes() -> type[Enum]:
    described = {
        code: (refusal.__doc__ or code).strip() for code, refusal in refusal_codes().items()
    }
    values = {
        code: strawberry.enum_value(code, description=text)
        for code, text in sorted((described | RESERVED).items())
    }
    # An Enum made at run time is typed as a value.
    return Enum("UserErrorCode", values)  # type: ignore[return-value]


UserErrorCode = strawberry.enum(
    _codes(), description="Which law of the coalition refused the request (docs/errors.md)."
)


@shown_to()
@strawberry.type(description="Why a request was refused. Nothing was written.")
class UserError:
    # An Enum made at run time is typed as a value.
    code: UserErrorCode = strawberry.field(description="Stable; made for programs.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="What was wrong, with which value, what to do.")
    field: list[str] | None = strawberry.field(description="The path inside `input`.")

    @classmethod
    def of(cls, refusal: Refusal) -> "UserError":
        return cls(
            code=UserErrorCode[refusal.code],
            message=refusal.message,
            field=list(refusal.field) or None,
        )


class Payload(Protocol):
    """A mutation's payload: what it answers when the request is refused."""

    @classmethod
    def refused(cls, errors: list[UserError]) -> Self: ...


class RefusalBecomesPayload(FieldExtension):
    """On a mutation: a `Refusal` that its verb raises is answered in `userErrors`."""

    def __init__(self, payload: type[Payload]) -> None:
        self._payload = payload

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: object,
        info: strawberry.Info,
        **kwargs: Any,  # noqa: ANN401 - the arguments of any mutation
    ) -> object:
        try:
            await info.context.begin(dry_run=kwargs.get("dry_run", False))
            return await next_(source, info, **kwargs)
        except Refusal as refusal:
            return self._payload.refused([UserError.of(refusal)])


def public_error(error: GraphQLError, request_id: str) -> dict[str, object]:
    """The error as a client may see it."""
    formatted: dict[str, object] = dict(error.formatted)
    message, code = _said(error)
    if code == "INTERNAL_SERVER_ERROR":
        _log.error(
            "unexpected error", request_id=request_id, path=error.path,
            exc_info=error.original_error or error,
        )  # fmt: skip
    extensions: dict[str, object] = {"code": code, "requestId": request_id}
    if isinstance(error.original_error, NotAllowed) and error.original_error.scope:
        extensions["scope"] = error.original_error.scope
    if retry_after := (error.extensions or {}).get("retryAfter"):
        extensions["retryAfter"] = retry_after
    if isinstance(error.original_error, Refusal):
        # As graphql-java says it: who does not know our codes still sees that it was no fault.
        extensions["classification"] = "ValidationError"
    return formatted | {"message": message, "extensions": extensions}


def status_of(errors: list[dict[str, object]]) -> int | None:
    """An HTTP status that all clients must notice, whatever they accept."""
    codes = {_code(error) for error in errors}
    if "SERVICE_UNAVAILABLE" in codes:
        return 503
    if "INTERNAL_SERVER_ERROR" in codes:
        return 500
    return None


def _code(error: dict[str, object]) -> object:
    extensions = error.get("extensions")
    return extensions.get("code") if isinstance(extensions, dict) else None


def _said(error: GraphQLError) -> tuple[str, str]:
    """What a client is told, and the code."""
    original = error.original_error
    match original:
        case Refusal():
            return original.message, original.code
        case NotAllowed():
            return original.message, "INSUFFICIENT_SCOPE" if original.scope else "FORBIDDEN"
        case Unavailable() | Misconfigured():
            return NOT_AVAILABLE, "SERVICE_UNAVAILABLE"
        case None | GraphQLError():
            code = (error.extensions or {}).get("code")
            said = _SUGGESTION.sub("", error.message)
            if len(said) > _LONGEST_MESSAGE:
                said = said[:_LONGEST_MESSAGE] + " ..."
            # Sent where no number was expected, a card's would be repeated as the wrong value.
            if members.holds_card_number(said):
                said = _DIGITS.sub("... ", said)
            return said, str(code or "BAD_USER_INPUT")
        case _:
            return "Internal error", "INTERNAL_SERVER_ERROR"
