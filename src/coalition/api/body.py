"""Reading a request's body, strictly: what two readers could read in two ways is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from coalition.access import Actor
from coalition.kit.strict_json import read_json

# Clients that may run registered documents and nothing else: our own web pages.
PERSISTED_ONLY = frozenset({"web"})
_DOCUMENT_ID = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Asked:
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class NotWellFormed(Exception):
    """The request is no GraphQL request."""

    def __init__(
        self, status: int, message: str, code: str = "BAD_REQUEST", *, allow: str = "GET, POST"
    ) -> None:
        super().__init__(message)
        self.allow = allow
        self.status = status
        self.message = message
        self.code = code


async def asked_in(request: Request, registered: Mapping[str, str], actor: Actor) -> Asked:
    """What a request asks for. `registered`: documents by their id. Raises `NotWellFormed`."""
    body = _asked_in_address(request) if request.method == "GET" else await _sent(request)
    variables, operation_name = body.get("variables"), body.get("operationName")
    query = _document(body, registered, actor)
    if variables is not None and not isinstance(variables, dict):
        raise NotWellFormed(400, "variables must be an object.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise NotWellFormed(400, "operationName must be a string.")
    if not isinstance(body.get("extensions"), dict | None):
        raise NotWellFormed(400, "extensions must be an object.")
    return Asked(query, variables, operation_name or None)


def _asked_in_address(request: Request) -> dict[str, Any]:
    """A query by GET (draft, 6.2): objects are written as JSON."""
    found: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in found:
            raise NotWellFormed(400, f"The parameter {name[:40]} is given twice.")
        parsed = name in {"variables", "extensions"} and value
        found[name] = _json(value.encode()) if parsed else value
    return found


async def _sent(request: Request) -> dict[str, Any]:
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if media.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise NotWellFormed(415, "Send the request as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotWellFormed(415, "Send the request without a Content-Encoding.")
    body = _json(await request.body())
    if not isinstance(body, dict):
        raise NotWellFormed(400, "The body must be one JSON object.")
    return body


def _document(body: Mapping[str, Any], registered: Mapping[str, str], actor: Actor) -> str:
    query, document_id = body.get("query"), body.get("documentId")
    if document_id is None:
        if not isinstance(query, str) or not query.strip():
            raise NotWellFormed(400, "query must be a GraphQL document.")
        if actor.client_id in PERSISTED_ONLY:
            raise NotWellFormed(
                400, "This client runs registered documents only: send a documentId.",
                "PERSISTED_DOCUMENT_REQUIRED",
            )  # fmt: skip
        return query
    if query is not None:
        raise NotWellFormed(400, "Send query or documentId, not both.")
    if not isinstance(document_id, str) or not _DOCUMENT_ID.fullmatch(document_id):
        raise NotWellFormed(400, "documentId must be sha256: and 64 hexadecimal digits.")
    text = registered.get(document_id)
    if text is None:
        raise NotWellFormed(
            400, "No document is registered under this id.", "PERSISTED_DOCUMENT_NOT_FOUND"
        )
    return text


def _json(body: bytes) -> object:
    try:
        return read_json(body)
    except ValueError:
        raise NotWellFormed(
            400, "The body is not JSON in UTF-8 with each name once in an object."
        ) from None
