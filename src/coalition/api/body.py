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
LARGEST_BODY = 4 * 1024 * 1024
# A row of a batch has a dozen; each name costs time, wherever it stands.
_MOST_NAMES = 1000
# A batch of a thousand rows with their lines; each value costs time, whoever wants it.
_MOST_VALUES = 100_000
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
    return asked_by(body, registered, actor)


def asked_by(body: Mapping[str, Any], registered: Mapping[str, str], actor: Actor) -> Asked:
    """What an object with `query` or `documentId` asks for. Raises `NotWellFormed`."""
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
        found[name] = json_in(value.encode()) if parsed else value
    return found


async def _sent(request: Request) -> dict[str, Any]:
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").replace('"', "")
    if media.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise NotWellFormed(415, "Send the request as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotWellFormed(415, "Send the request without a Content-Encoding.")
    body = json_in(await _body(request))
    if not isinstance(body, dict):
        raise NotWellFormed(400, "The body must be one JSON object.")
    return body


async def _body(request: Request) -> bytes:
    """Counted here and not by the framework, which would answer in plain text."""
    declared = request.headers.get("content-length", "0")
    size, parts = int(declared) if declared.isdecimal() else 0, list[bytes]()
    if size <= LARGEST_BODY:
        size = 0
        async for part in request.stream():
            size += len(part)
            parts.append(part)
            if size > LARGEST_BODY:
                break
    if size > LARGEST_BODY:
        raise NotWellFormed(413, f"The body may have {LARGEST_BODY} bytes at most.")
    return b"".join(parts)


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


def json_in(body: bytes) -> object:
    """Raises `NotWellFormed`, also for what two readers could read in two ways."""
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > _MOST_VALUES:
        raise NotWellFormed(
            400, f"The body holds more than {_MOST_VALUES:,} values. Send it in several."
        )
    try:
        return read_json(body, most_names=_MOST_NAMES)
    except ValueError:
        raise NotWellFormed(
            400,
            "The body is not JSON in UTF-8 with each name once, and at most"
            f" {_MOST_NAMES} names, in an object.",
        ) from None
