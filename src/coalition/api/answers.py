"""How an answer is written: media type, status, headers, and errors in one shape."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import structlog
from starlette.requests import Request
from starlette.responses import Response

from coalition.api.quota import Quota, Throttled

_RESPONSE = "application/graphql-response+json"
_JSON = "application/json"
_STREAM = "text/event-stream"
# W3C Trace Context, version 00.
_TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asking:
    """What is known of a request before its body is read."""

    request_id: str
    media: str
    traceparent: str | None
    reads_json: bool = True

    @classmethod
    def of(cls, request: Request, request_id: str) -> Self:
        accept = request.headers.get("accept", "").lower()
        trace = request.headers.get("traceparent", "")
        return cls(
            request_id,
            _RESPONSE if _RESPONSE in accept else _JSON,
            trace if _TRACE.fullmatch(trace) else None,
            reads_json=_STREAM not in accept or _JSON in accept,
        )

    @property
    def request_error(self) -> int:
        """The status of a well-formed request whose document or variables are wrong. A client
        that knows application/json only reads its errors from a 200 (draft, 6.4.1); one that
        waits for a stream would take a 200 for it.
        """
        return 200 if self.media == _JSON and self.reads_json else 400


def answered(
    asking: Asking,
    status: int,
    body: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
    *,
    left: float | None = None,
    quota: Quota | None = None,
) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    rates = {} if left is None or quota is None else _rates(left, quota)
    return Response(
        content,
        status_code=status,
        headers={"Cache-Control": "no-store", **rates, **(headers or {})},
        media_type=f"{asking.media}; charset=utf-8",
    )


def refused(
    asking: Asking,
    status: int,
    message: str,
    code: str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    extensions = {"code": code, "requestId": asking.request_id}
    return answered(
        asking, status, {"errors": [{"message": message, "extensions": extensions}]}, headers
    )


def throttled(asking: Asking, error: Throttled, quota: Quota) -> Response:
    extensions = {
        "code": "THROTTLED",
        "requestId": asking.request_id,
        "retryAfter": error.retry_after,
    }
    return answered(
        asking,
        429,
        {"errors": [{"message": error.message, "extensions": extensions}]},
        {"Retry-After": str(error.retry_after)},
        left=error.left,
        quota=quota,
    )


def not_available(asking: Asking, error: Exception, message: str) -> Response:
    _log.warning("not available", request_id=asking.request_id, reason=str(error))
    return refused(asking, 503, message, "SERVICE_UNAVAILABLE", {"Retry-After": "2"})


def _rates(left: float, quota: Quota) -> dict[str, str]:
    """The fields of draft-ietf-httpapi-ratelimit-headers."""
    window = max(round(quota.capacity / quota.per_second), 1)
    full_in = max(round((quota.capacity - left) / quota.per_second), 0)
    return {
        "RateLimit-Policy": f'"cost";q={quota.capacity:.0f};w={window}',
        "RateLimit": f'"cost";r={max(int(left), 0)};t={full_in}',
    }
