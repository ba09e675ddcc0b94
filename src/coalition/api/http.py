"""GraphQL over HTTP: one endpoint, JSON by POST, queries by GET too (GraphQL-over-HTTP draft).

The library's own view runs the first of several operations when none is named, answers 500 to
some malformed bodies and 200 to documents that do not parse; so the few lines that read a
request and shape an answer are ours, and the execution is the library's.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from coalition.access import TokenRefused
from coalition.api.admission import Admitted, NotAdmitted, admitted
from coalition.api.answers import Asking, answered, not_available, refused, throttled
from coalition.api.body import Asked, NotWellFormed, asked_in
from coalition.api.context import Context, Server
from coalition.api.door import Door
from coalition.api.errors import NOT_AVAILABLE, public_error, status_of
from coalition.api.quota import Charged, Quota, Throttled
from coalition.api.schema import documents, schema
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.ids import new_request_id

_OPERATIONS = {OperationType.QUERY, OperationType.MUTATION}
# What a request may end with, besides an answer and a fault of ours.
_ANSWERED = (
    TokenRefused, NotWellFormed, NotAdmitted, Throttled, TimeoutError, Unavailable, Misconfigured,
)  # fmt: skip
_log = structlog.get_logger()


@dataclass(slots=True)
class _Told:
    """What the log says of a request; never its variables, its token or what it answered."""

    client: str | None = None
    operation: str | None = None
    document: str | None = None
    cost: float | None = None


class GraphQLEndpoint:
    """`/graphql` of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.door = Door(server)
        self.quota = Quota(server.settings)

    async def answer(self, request: Request) -> Response:
        began = time.perf_counter()
        asking = Asking.of(request, new_request_id().hex)
        told = _Told()
        try:
            response = await self._serve(request, asking, told)
        except _ANSWERED as error:
            response = self._refusal(error, request, asking)
        response.headers["X-Request-Id"] = asking.request_id
        _log.info(
            "graphql",
            request_id=asking.request_id,
            traceparent=asking.traceparent,
            client=told.client,
            operation=told.operation,
            document=told.document,
            cost=told.cost,
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
        return response

    async def _serve(self, request: Request, asking: Asking, told: _Told) -> Response:
        """Raises what `_ANSWERED` lists."""
        if request.method not in {"POST", "GET"}:
            raise NotWellFormed(405, "Send GraphQL by POST, or a query by GET.")
        entered = await self.door.enter(request.headers.get("authorization"))
        actor = replace(entered.actor, request_id=UUID(asking.request_id))
        told.client = actor.client_id
        with self.quota.serving(actor) as key:
            async with asyncio.timeout(self._server.settings.operation_seconds):
                asked = await asked_in(request, documents.registered, actor)
                document = documents.ready(asked.query)
                told.document = document.sha256[:16]
                inside = admitted(schema, document, asked, actor, entered.terms)
                if request.method == "GET" and inside.moves_something:
                    raise NotWellFormed(405, "Send a mutation by POST.", allow="POST")
                told.operation, told.cost = inside.name, inside.cost.points
                charged = self.quota.charge(key, inside.cost)
                context = Context(
                    self._server, entered.keys, actor, entered.terms, asking.request_id, document
                )
                return await self._execute(context, inside, asked, asking, charged)

    def _refusal(self, error: Exception, request: Request, asking: Asking) -> Response:
        match error:
            case TokenRefused():
                issuer = self._server.settings.issuer
                return unauthenticated(str(error), request, asking, issuer)
            case NotWellFormed():
                is_method = error.status == HTTPStatus.METHOD_NOT_ALLOWED
                headers = {"Allow": error.allow} if is_method else {}
                return refused(asking, error.status, error.message, error.code, headers)
            case NotAdmitted():
                errors = [public_error(one, asking.request_id) for one in error.errors]
                return answered(asking, error.status or asking.request_error, {"errors": errors})
            case Throttled():
                return throttled(asking, error, self.quota)
            case TimeoutError():
                return _too_late(asking, self._server.settings.operation_seconds)
            case _:
                return not_available(asking, error, NOT_AVAILABLE)

    async def _execute(
        self, context: Context, inside: Admitted, asked: Asked, asking: Asking, charged: Charged
    ) -> Response:
        try:
            result = await schema.execute(
                asked.query,
                variable_values=asked.variables,
                operation_name=inside.name,
                context_value=context,
                allowed_operation_types=_OPERATIONS,
            )
        except RecursionError:
            message = "The document is nested too deeply."
            return refused(asking, 400, message, "QUERY_TOO_COMPLEX")
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told nothing
            _log.error("unexpected error", request_id=asking.request_id, exc_info=error)
            return refused(asking, 500, "Internal error", "INTERNAL_SERVER_ERROR")
        finally:
            await context.end()
        body: dict[str, object] = {}
        before = isinstance(result, PreExecutionError) or (
            result.data is None and all(not error.path for error in result.errors or [])
        )
        actual = 0.0 if before else inside.pricing.answered(result.data)
        left = self.quota.settle(charged, actual)
        status = 200
        if not before:
            body["data"] = result.data
        if result.errors:
            errors = [
                public_error(_coded(error, before), asking.request_id) for error in result.errors
            ]
            body["errors"] = errors
            status = status_of(errors) or (asking.request_error if before else 200)
        body["extensions"] = {"cost": _cost(inside.cost.points, actual, left, self.quota)}
        return answered(asking, status, body, left=left, quota=self.quota)


def _cost(asked: float, actual: float, left: float, quota: Quota) -> dict[str, Any]:
    return {
        "requestedQueryCost": round(asked, 1),
        "actualQueryCost": round(actual, 1),
        "throttleStatus": {
            "maximumAvailable": quota.capacity,
            "currentlyAvailable": int(left),
            "restoreRate": quota.per_second,
        },
    }


def _coded(error: GraphQLError, before: bool) -> GraphQLError:  # noqa: FBT001 - private
    """A library's own error, with the code that says at which step it arose."""
    if error.original_error is None and not (error.extensions or {}).get("code") and before:
        error.extensions = {"code": "BAD_USER_INPUT"}
    return error


def unauthenticated(message: str, request: Request, asking: Asking, issuer: str) -> Response:
    challenge = (
        'Bearer realm="coalition", resource_metadata='
        f'"{issuer}/.well-known/oauth-protected-resource/graphql"'
    )
    if request.headers.get("authorization"):
        challenge += ', error="invalid_token"'
    return refused(asking, 401, message, "UNAUTHENTICATED", {"WWW-Authenticate": challenge})


def _too_late(asking: Asking, seconds: float) -> Response:
    """The database goes on or not: only the same request, with the same key, finds out."""
    message = (
        f"The operation took more than {seconds:g} seconds. Whether it was done is not known: send"
        " the same request again with the same idempotency key."
    )
    return refused(asking, 503, message, "OPERATION_TIMED_OUT", {"Retry-After": "1"})
