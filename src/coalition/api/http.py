"""GraphQL over HTTP: one endpoint, POST and JSON only (GraphQL-over-HTTP draft).

The library's own view runs the first of several operations when none is named, answers 500 to
some malformed bodies and 200 to documents that do not parse; so the few lines that read a
request and shape an answer are ours, and the execution is the library's.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from coalition.access import Actor, CheckedToken, ServerKeys, TokenRefused, checked_token
from coalition.api.context import Context, Server
from coalition.api.errors import NOT_AVAILABLE, public_error, status_of
from coalition.api.schema import schema
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.ids import new_request_id

_RESPONSE = "application/graphql-response+json"
_JSON = "application/json"
_CHECKED_TOKENS = 1000
_OPERATIONS = {OperationType.QUERY, OperationType.MUTATION}
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Asked:
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class _NotWellFormed(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class GraphQLEndpoint:
    """`POST /graphql` of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._checked: dict[bytes, CheckedToken] = {}

    async def answer(self, request: Request) -> Response:
        request_id = new_request_id().hex
        media = _accepted(request.headers.get("accept", ""))
        if request.method != "POST":
            return _refusal(
                405, "Send GraphQL by POST.", "BAD_REQUEST", request_id, media, {"Allow": "POST"}
            )
        try:
            keys = await self._server.keys()
            actor = self._actor(request, keys)
            asked = await _read(request)
            context = await self._context(actor, keys, asked, request_id)
        except TokenRefused as error:
            return _unauthenticated(str(error), request, request_id, media)
        except _NotWellFormed as error:
            return _refusal(error.status, error.message, "BAD_REQUEST", request_id, media)
        except (Unavailable, Misconfigured) as error:
            return _not_available(error, request_id, media)
        try:
            return await self._execute(context, asked, request_id, media)
        finally:
            await context.end()

    def _actor(self, request: Request, keys: ServerKeys) -> Actor:
        """Raises `TokenRefused`. A token that was checked is the same until it ends."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("Send an access token: Authorization: Bearer ...")
        # By its hash: a dump of this process shows no token.
        mark = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._checked.get(mark)
        if known is not None and known.ends_at > time.time():
            return known.actor
        settings = self._server.settings
        found = checked_token(
            token, keys=keys.checking, issuer=settings.issuer, audience=settings.audience
        )
        if len(self._checked) >= _CHECKED_TOKENS:
            self._checked.clear()
        self._checked[mark] = found
        return found.actor

    async def _context(
        self, actor: Actor, keys: ServerKeys, asked: _Asked, request_id: str
    ) -> Context:
        terms = await self._server.office.terms()
        if actor.partner_id is not None and not terms.knows(actor.partner_id):
            raise TokenRefused("The access token is not valid.")
        # What the request posts says in the ledger which request it was.
        actor = replace(actor, request_id=UUID(request_id))
        return Context(self._server, keys, actor, terms, request_id, asked.operation_name)

    async def _execute(
        self, context: Context, asked: _Asked, request_id: str, media: str
    ) -> Response:
        try:
            result = await schema.execute(
                asked.query,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=context,
                allowed_operation_types=_OPERATIONS,
            )
        except RecursionError:
            return _refusal(
                400, "The document is nested too deeply.", "BAD_USER_INPUT", request_id, media
            )
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            return _refusal(
                400, "The document holds no query or mutation of that name.",
                "OPERATION_RESOLUTION_FAILURE", request_id, media,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told nothing
            _log.error("unexpected error", request_id=request_id, exc_info=error)
            return _refusal(500, "Internal error", "INTERNAL_SERVER_ERROR", request_id, media)
        body: dict[str, object] = {}
        before = isinstance(result, PreExecutionError) or (
            result.data is None and all(not error.path for error in result.errors or [])
        )
        if not before:
            body["data"] = result.data
        status = 200
        if result.errors:
            errors = [public_error(_coded(error, before), request_id) for error in result.errors]
            body["errors"] = errors
            # A client that only knows application/json reads errors from a 200 (draft, 6.4.1).
            status = status_of(errors) or (_refused_status(errors, media) if before else 200)
        return _answer(status, body, media)


async def _read(request: Request) -> _Asked:
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != _JSON or "utf-16" in parameters.lower():
        raise _NotWellFormed(415, "Send the request as application/json in UTF-8.")
    try:
        body = json.loads((await request.body()).decode("utf-8"))
    except (ValueError, RecursionError):
        raise _NotWellFormed(400, "The body is not JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise _NotWellFormed(400, "The body must be one JSON object.")
    query, variables = body.get("query"), body.get("variables")
    operation_name = body.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise _NotWellFormed(400, "query must be a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise _NotWellFormed(400, "variables must be an object.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise _NotWellFormed(400, "operationName must be a string.")
    if not isinstance(body.get("extensions"), dict | None):
        raise _NotWellFormed(400, "extensions must be an object.")
    return _Asked(query, variables, operation_name or None)


def _coded(error: GraphQLError, before: bool) -> GraphQLError:  # noqa: FBT001 - private
    """A library's own error, with the code that says at which step it arose."""
    if error.original_error is None and not (error.extensions or {}).get("code") and before:
        syntax = error.message.startswith("Syntax Error")
        coercion = error.message.startswith("Variable ")
        error.extensions = {
            "code": "GRAPHQL_PARSE_FAILED" if syntax
            else "BAD_USER_INPUT" if coercion
            else "GRAPHQL_VALIDATION_FAILED"
        }  # fmt: skip
    return error


def _refused_status(errors: list[dict[str, Any]], media: str) -> int:
    """Of a request that was refused before anything was executed."""
    codes = {error["extensions"]["code"] for error in errors}
    if codes <= {"FORBIDDEN", "INSUFFICIENT_SCOPE"}:
        return 403
    return 400 if media == _RESPONSE else 200


def _accepted(accept: str) -> str:
    return _RESPONSE if _RESPONSE in accept.lower() else _JSON


def _refusal(
    status: int,
    message: str,
    code: str,
    request_id: str,
    media: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    error = {"message": message, "extensions": {"code": code, "requestId": request_id}}
    return _answer(status, {"errors": [error]}, media, headers)


def _unauthenticated(message: str, request: Request, request_id: str, media: str) -> Response:
    challenge = 'Bearer realm="coalition"'
    if request.headers.get("authorization"):
        challenge += ', error="invalid_token"'
    return _refusal(
        401, message, "UNAUTHENTICATED", request_id, media, {"WWW-Authenticate": challenge}
    )


def _not_available(error: Exception, request_id: str, media: str) -> Response:
    _log.warning("not available", request_id=request_id, reason=str(error))
    return _refusal(
        503,
        NOT_AVAILABLE,
        "SERVICE_UNAVAILABLE",
        request_id,
        media,
        {"Retry-After": "2"},
    )


def _answer(
    status: int, body: Mapping[str, object], media: str, headers: Mapping[str, str] | None = None
) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(
        content,
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=f"{media}; charset=utf-8",
    )
