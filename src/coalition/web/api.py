"""The public API as the pages ask it: over HTTP like any other client, in this process or not."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from coalition.kit.errors import Unavailable
from coalition.web.documents import IDS
from coalition.web.in_process import CLIENT

Json = dict[str, Any]
# Above the longest that an operation may take there.
_SECONDS = 30.0
# An event stream says something every few seconds, if only that it is there.
_SILENT_SECONDS = 40.0


class TokenNotGood(Exception):
    """The API does not take the token: what it stands on has ended."""


class Refused(Exception):
    """An answer with errors. `code`: of the first one."""

    def __init__(self, errors: list[Json], request_id: str | None) -> None:
        super().__init__(str(errors[0].get("message")))
        self.code = str((errors[0].get("extensions") or {}).get("code"))
        self.message = str(errors[0].get("message"))
        self.request_id = request_id


class Throttled(Exception):
    """Too much was asked for."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Ask again in {retry_after} seconds.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Answered:
    """What a token request was answered: a status and JSON."""

    status: int
    body: Json


@dataclass(frozen=True, slots=True)
class File:
    """As the API hands it out. `headers`: those that say what may be done with it."""

    content: bytes
    headers: Mapping[str, str]


class Api:
    """`http` has the address of the API as its base."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def ask(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        token: str,
        address: str | None,
    ) -> Json:
        """The data of a document of queries/, by its name. `address`: from where the browser asks.

        Raises `TokenNotGood`, `Refused`, `Throttled`, `Unavailable`.
        """
        try:
            answer = await self._http.post(
                "/graphql",
                json={"documentId": IDS[document], "variables": dict(variables or {})},
                headers=_headers(token, address),
                extensions={CLIENT: address},
                timeout=_SECONDS,
            )
        except httpx2.HTTPError as error:
            raise Unavailable(f"The API cannot be reached: {error!r}") from error
        return _data(answer)

    @asynccontextmanager
    async def listen(
        self, document: str, *, token: str, address: str | None
    ) -> AsyncIterator[AsyncIterator[Json]]:
        """The data of each event of a subscription, until it ends. It has begun when this is
        entered: what happens from then on is told.

        Raises `TokenNotGood`, `Refused`, `Throttled`, `Unavailable`.
        """
        request = self._http.build_request(
            "POST",
            "/graphql",
            json={"documentId": IDS[document]},
            headers=_headers(token, address) | {"Accept": "text/event-stream"},
            extensions={CLIENT: address},
            timeout=httpx2.Timeout(_SECONDS, read=_SILENT_SECONDS),
        )
        try:
            answer = await self._http.send(request, stream=True)
        except httpx2.HTTPError as error:
            raise Unavailable(f"The API cannot be reached: {error!r}") from error
        try:
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                await answer.aread()
                _data(answer)
                raise Unavailable("The API answered a subscription with something else.")
            yield _events(answer)
        finally:
            await answer.aclose()

    async def put(self, path: str, content: bytes, *, token: str, address: str | None) -> None:
        """Send a file to an address beside /graphql.

        Raises `TokenNotGood`, `Refused`, `Throttled`, `Unavailable`.
        """
        headers = _headers(token, address) | {"Content-Type": "application/octet-stream"}
        await self._file("PUT", path, headers, address, content)

    async def get(self, path: str, *, token: str, address: str | None) -> File:
        """A file of an address beside /graphql. Raises what `put` raises."""
        answer = await self._file("GET", path, _headers(token, address), address)
        kept = ("content-type", "content-disposition", "content-security-policy")
        return File(answer.content, {name: answer.headers.get(name, "") for name in kept})

    async def _file(
        self, method: str, path: str, headers: dict[str, str], address: str | None,
        content: bytes | None = None,
    ) -> httpx2.Response:  # fmt: skip
        try:
            answer = await self._http.request(
                method, path, content=content, headers=headers, extensions={CLIENT: address},
                timeout=_SECONDS,
            )  # fmt: skip
        except httpx2.HTTPError as error:
            raise Unavailable(f"The API cannot be reached: {error!r}") from error
        if not answer.is_success:
            _data(answer)
        return answer

    async def token(
        self, form: Mapping[str, str], *, secret: str, client: str, address: str | None
    ) -> Answered:
        """What /oauth/token says. Raises `Throttled`, `Unavailable`."""
        return await self._posted("/oauth/token", form, secret, client, address)

    async def revoke(self, token: str, *, secret: str, client: str, address: str | None) -> None:
        await self._posted("/oauth/revoke", {"token": token}, secret, client, address)

    async def _posted(
        self, path: str, form: Mapping[str, str], secret: str, client: str, address: str | None
    ) -> Answered:
        try:
            answer = await self._http.post(
                path,
                data=dict(form),
                auth=(client, secret),
                headers=_forwarded(address),
                extensions={CLIENT: address},
                timeout=_SECONDS,
            )
        except httpx2.HTTPError as error:
            raise Unavailable(f"No tokens just now: {error!r}") from error
        if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS:
            raise Throttled(_wait(answer))
        if answer.is_server_error:
            raise Unavailable(f"No tokens just now: {answer.status_code}")
        return Answered(answer.status_code, answer.json())


def _headers(token: str, address: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | _forwarded(address)


def _forwarded(address: str | None) -> dict[str, str]:
    """Over a network the API counts by this where it trusts the sender (FORWARDED_ALLOW_IPS)."""
    return {"X-Forwarded-For": address} if address else {}


def _data(answer: httpx2.Response) -> Json:
    match answer.status_code:
        case httpx2.codes.UNAUTHORIZED:
            raise TokenNotGood
        case httpx2.codes.TOO_MANY_REQUESTS:
            raise Throttled(_wait(answer))
        case httpx2.codes.SERVICE_UNAVAILABLE:
            raise Unavailable("The API is not available just now.")
    body: Json = answer.json()
    if body.get("errors"):
        raise Refused(body["errors"], answer.headers.get("x-request-id"))
    data: Json = body["data"]
    return data


def _wait(answer: httpx2.Response) -> int:
    said = answer.headers.get("retry-after", "")
    return int(said) if said.isdecimal() else 1


async def _events(answer: httpx2.Response) -> AsyncIterator[Json]:
    """The data of each `next` of graphql-sse. Raises `TokenNotGood`, `Refused`, `Unavailable`."""
    try:
        async for line in answer.aiter_lines():
            # The API writes an event's data in one line, and `next` is the only one with any.
            if line.startswith("data: {"):
                body = json.loads(line.removeprefix("data: "))
                if not body.get("errors"):
                    yield body["data"]
                    continue
                refused = Refused(body["errors"], answer.headers.get("x-request-id"))
                if refused.code == "UNAUTHENTICATED":
                    raise TokenNotGood
                raise refused
    except httpx2.HTTPError as error:
        raise Unavailable(f"The API went away: {error!r}") from error
