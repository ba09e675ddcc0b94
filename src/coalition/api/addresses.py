"""What surrounds each address beside /graphql: a request id, a line in the log, errors in JSON."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog
from starlette.requests import Request
from starlette.responses import Response

from coalition.access import TokenRefused
from coalition.api.answers import Asking, not_available, refused, throttled
from coalition.api.body import NotWellFormed
from coalition.api.context import Server
from coalition.api.errors import NOT_AVAILABLE
from coalition.api.http import unauthenticated
from coalition.api.quota import Quota, Throttled
from coalition.kit.errors import Misconfigured, NotAllowed, Refusal, Unavailable
from coalition.kit.ids import new_request_id

# Addresses answer every method themselves, in JSON.
ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Endpoint = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`name` and `about` stand in the log. `status`: of refusals by their code, `otherwise`: of
    those that are not named, `refused_with`: headers that go with them.
    """

    server: Server
    quota: Quota
    name: str
    status: Mapping[str, int]
    otherwise: int
    about: Mapping[str, str] = field(default_factory=dict)
    refused_with: Mapping[str, str] = field(default_factory=dict)

    def around(self, serve: Callable[[Request, Asking], Awaitable[Response]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            began = time.perf_counter()
            asking = replace(Asking.of(request, new_request_id().hex), media="application/json")
            try:
                response = await serve(request, asking)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets JSON
                response = self._refusal(error, request, asking)
            response.headers["X-Request-Id"] = asking.request_id
            _log.info(
                self.name, **self.about, request_id=asking.request_id,
                traceparent=asking.traceparent, method=request.method,
                status=response.status_code, ms=round((time.perf_counter() - began) * 1000, 1),
            )  # fmt: skip
            return response

        return endpoint

    def _refusal(  # noqa: PLR0911 - one per kind
        self, error: Exception, request: Request, asking: Asking
    ) -> Response:
        match error:
            case TokenRefused():
                issuer = self.server.settings.issuer
                return unauthenticated(str(error), request, asking, issuer)
            case NotWellFormed():
                headers = {"Allow": error.allow} if error.status == 405 else {}  # noqa: PLR2004 - HTTP's own
                return refused(asking, error.status, error.message, error.code, headers)
            case NotAllowed():
                code = "INSUFFICIENT_SCOPE" if error.scope else "FORBIDDEN"
                return refused(asking, 403, error.message, code)
            case Refusal():
                status = self.status.get(error.code, self.otherwise)
                return refused(asking, status, error.message, error.code, self.refused_with)
            case Throttled():
                return throttled(asking, error, self.quota)
            case Unavailable() | Misconfigured():
                return not_available(asking, error, NOT_AVAILABLE)
            case _:
                _log.error("unexpected error", request_id=asking.request_id, exc_info=error)
                return refused(asking, 500, "Internal error", "INTERNAL_SERVER_ERROR")
