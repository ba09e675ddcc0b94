"""The typed operations over HTTP: with a token, in time, and again where that is safe.

Every mutation of the API carries an idempotency key or is idempotent by its label, so whatever is
sent again counts once. That is why a request without an answer is repeated here, as it was.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import TypeAdapter

from coalition_client.errors import (
    Mistake,
    NoAnswer,
    Refused,
    RequestFailed,
    TokenRefused,
    TryLater,
)
from coalition_client.generated.base_model import UNSET
from coalition_client.generated.operations import Operations

TIMEOUT_SECONDS = 30.0
TRIES = 5
LONGEST_WAIT_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 0.5
# A token is renewed this long before it ends, or a request might arrive after that.
_SPARE_SECONDS = 20
_UNAUTHORIZED = 401
_LATER = frozenset({429, 502, 503, 504})
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_JSON = TypeAdapter(dict[str, Any])

Node = TypeVar("Node", covariant=True)  # noqa: PLC0105 - named as what it is


class _PageInfo(Protocol):
    @property
    def has_next_page(self) -> bool: ...
    @property
    def end_cursor(self) -> str | None: ...


class Page(Protocol[Node]):
    @property
    def nodes(self) -> Sequence[Node]: ...
    @property
    def page_info(self) -> _PageInfo: ...


async def every(
    ask: Callable[..., Awaitable[Page[Node]]], **arguments: object
) -> AsyncIterator[Node]:
    """Every item of a list, page by page: `every(client.list_awards, first=100)`."""
    after: str | None = None
    while True:
        page = await ask(after=after, **arguments)
        for node in page.nodes:
            yield node
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


class Client(Operations):
    """One client of the API. Its token is fetched when it is needed, and again before it ends.

    Raises, from every operation: `Refused`, `RequestFailed`, `TokenRefused`, `TryLater`,
    `NoAnswer`. Use it as an asynchronous context manager, or `aclose` it.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        tries: int = TRIES,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        """`url` is the server's address without a path; `timeout` is in seconds, for each try.

        `scope`: fewer than the client has, parted by blanks. An `http` that is given stays open,
        and its own limits hold instead of `timeout`.
        Raises `ValueError` for an address to which a secret must not be sent.
        """
        address = urlsplit(url)
        if address.scheme != "https" and address.hostname not in _HERE:
            raise ValueError(f"{url} must begin with https:// unless it is this machine's own.")
        self._url = url.rstrip("/")
        self._auth = httpx2.BasicAuth(client_id, client_secret)
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._tries = tries
        self._is_own = http is None
        self._http = http or httpx2.AsyncClient(timeout=timeout)
        self._token = ""
        self._renew_at = 0.0
        self._one_renewal = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._is_own:
            await self._http.aclose()

    async def execute(
        self, query: str, operation_name: str, variables: Mapping[str, object], **options: object
    ) -> httpx2.Response:
        """Send a document of one's own, or one of the generated ones; `get_data` reads it."""
        if options:
            raise TypeError(f"Not known here: {', '.join(options)}.")
        body = _JSON.dump_json(
            {
                "query": query,
                "operationName": operation_name,
                "variables": {k: v for k, v in variables.items() if v is not UNSET},
            },
            by_alias=True,
            exclude_unset=True,
        )
        answer = await self._ask(body, await self._valid_token())
        if answer.status_code == _UNAUTHORIZED:
            # A key may have been changed, or the clocks differ: once more with a new one.
            self._renew_at = 0.0
            answer = await self._ask(body, await self._valid_token())
        return answer

    def get_data(self, response: httpx2.Response) -> dict[str, Any]:
        """`data` of an answer. Raises `RequestFailed` for its errors, `Refused` for userErrors."""
        answer = _decoded(response)
        if errors := answer.get("errors"):
            first = errors[0]
            more = first.get("extensions") or {}
            raise RequestFailed(
                str(more.get("code", "UNKNOWN")),
                str(first.get("message", "")),
                status=response.status_code,
                request_id=more.get("requestId"),
            )
        data: dict[str, Any] | None = answer.get("data")
        if data is None:
            raise _not_graphql(response)
        for payload in data.values():
            if isinstance(payload, dict) and payload.get("userErrors"):
                raise Refused(
                    tuple(
                        Mistake(one["code"], one["message"], tuple(one["field"] or ()))
                        for one in payload["userErrors"]
                    )
                )
        return data

    async def _ask(self, body: bytes, token: str) -> httpx2.Response:
        return await self._patiently(
            f"{self._url}/graphql",
            content=body,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                "Accept": "application/graphql-response+json, application/json",
            },
        )

    async def _valid_token(self) -> str:
        async with self._one_renewal:
            if time.monotonic() >= self._renew_at:
                response = await self._patiently(
                    f"{self._url}/oauth/token", data=self._form, auth=self._auth
                )
                answer = _decoded(response)
                if response.is_error:
                    raise TokenRefused(
                        str(answer.get("error", "unknown")),
                        str(answer.get("error_description", f"status {response.status_code}")),
                    )
                life = int(answer["expires_in"])
                self._renew_at = time.monotonic() + max(life - _SPARE_SECONDS, life / 2)
                self._token = answer["access_token"]
            return self._token

    async def _patiently(self, url: str, **request: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's own keywords
        """The first answer that is none of "later". Raises `TryLater`, `NoAnswer`."""
        wait = _FIRST_WAIT_SECONDS
        for tries_left in range(self._tries - 1, -1, -1):
            try:
                response = await self._http.post(url, **request)
            except httpx2.TransportError as error:
                if not tries_left:
                    raise NoAnswer(f"{url}: {type(error).__name__} {error}") from error
                told = None
            else:
                if response.status_code not in _LATER:
                    return response
                told = _seconds_told(response)
                if not tries_left or (told or 0) > LONGEST_WAIT_SECONDS:
                    raise TryLater(
                        f"{url} answered {response.status_code}, {self._tries - tries_left} times.",
                        status=response.status_code,
                        retry_after=told,
                    )
            # Not all tills of a brand at the same moment.
            spread = wait * random.random()  # noqa: S311 - no secret
            await asyncio.sleep((told or 0) + spread)
            wait *= 2
        raise AssertionError("tries is less than one")


def _seconds_told(response: httpx2.Response) -> float | None:
    """`Retry-After` (RFC 9110, 10.2.3): seconds, or a date."""
    told = response.headers.get("Retry-After", "")
    if told.isdecimal():
        return float(told)
    try:
        return max((parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def _decoded(response: httpx2.Response) -> dict[str, Any]:
    try:
        return _JSON.validate_json(response.content)
    except ValueError:
        raise _not_graphql(response) from None


def _not_graphql(response: httpx2.Response) -> RequestFailed:
    return RequestFailed(
        "NOT_AN_ANSWER",
        f"{response.url} answered {response.status_code} with something else than the API does",
        status=response.status_code,
        request_id=response.headers.get("X-Request-Id"),
    )
