"""The server's own application, asked without a network: a transport of the HTTP client.

The client's own one waits until an answer is whole; a stream of events never is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
from starlette.types import ASGIApp, Message, Scope

_AT_ONCE = 16
# Which extension of a request tells from which address the browser asks.
CLIENT = "coalition_client"


class InProcess(httpx2.AsyncBaseTransport):
    """`app` sees the browser's own address, so what it counts by address it counts right."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        call = _Call(self._app, request, await request.aread())
        return await call.answered()


class _Call:
    def __init__(self, app: ASGIApp, request: httpx2.Request, body: bytes) -> None:
        self._body: bytes | None = body
        self._gone = asyncio.Event()
        # Bounded: who reads slowly is waited for, as on a network.
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(_AT_ONCE)
        self._task = asyncio.create_task(self._run(app, _scope(request)))

    async def answered(self) -> httpx2.Response:
        try:
            start = await self._next()
        except BaseException:
            await self.close()
            raise
        return httpx2.Response(
            status_code=start["status"], headers=start["headers"], stream=_Stream(self)
        )

    async def parts(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._next()
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                return

    async def close(self) -> None:
        """Nobody listens any more; the application is told, and cut off if it goes on."""
        self._gone.set()
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self._task

    async def _next(self) -> Message:
        message = await self._messages.get()
        if message is None:
            await self._task  # raises what the application raised
            raise httpx2.RemoteProtocolError("The application ended before its answer did.")
        return message

    async def _run(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._receive, self._messages.put)
        finally:
            with suppress(asyncio.QueueFull):
                self._messages.put_nowait(None)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, call: _Call) -> None:
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._call.parts():
            yield part

    async def aclose(self) -> None:
        await self._call.close()


def _scope(request: httpx2.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": (request.extensions.get(CLIENT), 0) if request.extensions.get(CLIENT) else None,
        "root_path": "",
    }
