"""Subscriptions over a WebSocket: graphql-transport-ws, and no other protocol.

Protocol and close codes: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. The
library's handler is not used (decision 0025): our admission, quota and ends have no place in it,
and some malformed messages raise inside it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import structlog
from graphql import GraphQLError
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from coalition.access import TokenRefused
from coalition.api.admission import NotAdmitted
from coalition.api.body import NotWellFormed, asked_by, json_in
from coalition.api.errors import public_error
from coalition.api.listening import (
    LAST_WORDS_SECONDS,
    Body,
    Listening,
    Live,
    Right,
    Stopping,
    Unread,
    errors_of,
    first_of,
)
from coalition.api.quota import Throttled
from coalition.api.schema import documents
from coalition.kit.addresses import network_of
from coalition.kit.buckets import Buckets
from coalition.kit.errors import Misconfigured, Unavailable
from coalition.kit.ids import new_request_id

PROTOCOL = "graphql-transport-ws"
LARGEST_MESSAGE = 512 * 1024
MOST_SUBSCRIPTIONS = 100
_LONGEST_ID = 128
# Bytes that fit into a close frame besides its code (RFC 6455 section 5.5).
_LONGEST_REASON = 123
# Messages that come faster than the server answers them would keep it from everybody else.
_MESSAGES, _MESSAGES_A_SECOND = 500, 100
_MESSAGES_BEFORE_IT_BEGINS = 10
_REFUSED = (NotAdmitted, Throttled, Unavailable, Misconfigured)
_log = structlog.get_logger()


class Close(Exception):
    """The connection ends."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        written = reason.encode("utf-8", "replace")[:_LONGEST_REASON]
        self.reason = written.decode("utf-8", "ignore")


class Socket:
    """One connection."""

    def __init__(self, live: Live, websocket: WebSocket) -> None:
        self._live = live
        self._settings = live.server.settings
        self._websocket = websocket
        self._right: Right | None = None
        self._asked_to_begin = False
        self._let_in = asyncio.Event()
        self._unread = asyncio.Event()
        self._why: str | None = None
        self._listening: dict[str, Listening] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unknown = ExitStack()
        self._slot = AsyncExitStack()
        self._messages = Buckets(_MESSAGES_BEFORE_IT_BEGINS, 1)
        self._one_at_a_time = asyncio.Lock()

    async def serve(self) -> None:
        origin = self._websocket.headers.get("origin")
        if not self._is_welcome(origin):
            message = "Pages of this origin may not connect."
            await self._websocket.send_denial_response(
                JSONResponse({"errors": [{"message": message}]}, status_code=403)
            )
            return
        if PROTOCOL not in self._websocket.scope["subprotocols"]:
            await self._websocket.accept()
            await self._websocket.close(4406, f"Subprotocol not acceptable: use {PROTOCOL}")
            return
        try:
            client = self._websocket.client
            self._unknown.enter_context(
                self._live.quota.unknown(network_of(client.host if client else None))
            )
        except Throttled as full:
            await self._websocket.send_denial_response(_too_many(full))
            return
        try:
            await self._websocket.accept(PROTOCOL)
            await self._until_it_ends()
        finally:
            await self._end()

    def _is_welcome(self, origin: str | None) -> bool:
        """A browser names the page's origin, and any page may open any WebSocket."""
        if origin is None:
            return True
        own = urlsplit(self._settings.url)
        allowed = {one.strip() for one in self._settings.cors_origins.split(",")}
        return origin in {f"{own.scheme}://{own.netloc}"} | (allowed - {""})

    async def _until_it_ends(self) -> None:
        try:
            await first_of(
                asyncio.create_task(self._read()),
                asyncio.create_task(self._until_late()),
                asyncio.create_task(self._until_refused()),
                asyncio.create_task(self._until_unread()),
                asyncio.create_task(self._live.until_it_stops()),
            )
        except WebSocketDisconnect:
            self._why = "client left"
        except Close as close:
            await self._close(close)
        except TokenRefused as refused:
            await self._close(Close(4403, str(refused)))
        except Stopping:
            await self._close(Close(1012, "The server is stopping."))
        except Unread:
            await self._close(Close(1013, "What was sent was not read in time."), unread=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told nothing
            _log.error("unexpected error", exc_info=error)
            await self._close(Close(1011, "Internal error"))

    async def _until_late(self) -> None:
        """Raises `Close` when nobody asked to begin in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.socket_init_seconds):
                await self._let_in.wait()
        if not self._asked_to_begin:
            raise Close(4408, "Connection initialisation timeout")
        await asyncio.Event().wait()

    async def _until_refused(self) -> None:
        """Raises `TokenRefused`."""
        await self._let_in.wait()
        if self._right is not None:
            await self._right.until_it_ends()

    async def _until_unread(self) -> None:
        """Raises `Unread`: one subscription that cannot send is all of them."""
        await self._unread.wait()
        raise Unread

    async def _read(self) -> None:
        handlers: Mapping[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "connection_init": self._begin,
            "ping": self._answer_ping,
            "pong": self._take_pong,
            "subscribe": self._subscribe,
            "complete": self._complete,
        }
        while True:
            message = await self._received()
            handler = handlers.get(message["type"])
            if handler is None:
                raise Close(4400, "The type of the message is not known.")
            await handler(message)

    async def _received(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        if not self._messages.take(None).allowed:
            raise Close(1008, "Too many messages at once.")
        await asyncio.sleep(0)  # what has come already is read without a pause
        text = received.get("text")
        if text is None:
            raise Close(4400, "A message must be text.")
        if len(text) > LARGEST_MESSAGE:
            raise Close(4400, f"A message may have {LARGEST_MESSAGE} characters.")
        try:
            message = json_in(text.encode())
        except NotWellFormed:
            raise Close(4400, "A message must be JSON, with each name once.") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Close(4400, "A message must be an object with a type.")
        if not isinstance(message.get("payload"), dict | None):
            raise Close(4400, "The payload of a message must be an object.")
        return message

    # What a client may say

    async def _begin(self, message: dict[str, Any]) -> None:
        if self._asked_to_begin:
            raise Close(4429, "Too many initialisation requests")
        self._asked_to_begin = True
        payload = message.get("payload") or {}
        token = payload.get("Authorization", payload.get("authorization"))
        if token is None:
            token = self._websocket.headers.get("authorization")
        if not isinstance(token, str | None):
            raise Close(4400, "Authorization must be text.")
        try:
            entered = await self._live.door.enter(token)
            self._slot.enter_context(self._live.quota.connected(entered.actor))
        except Throttled as full:
            raise Close(1013, full.message) from None
        except (Unavailable, Misconfigured):
            raise Close(1013, "The service is not available just now.") from None
        self._unknown.close()
        self._right = Right(self._live.door, entered)
        self._messages = Buckets(_MESSAGES, _MESSAGES_A_SECOND)
        await self._send({"type": "connection_ack"})
        self._let_in.set()

    async def _answer_ping(self, message: dict[str, Any]) -> None:
        del message
        await self._send({"type": "pong"})

    async def _take_pong(self, message: dict[str, Any]) -> None:
        """Nothing hangs on it: whether the client is there, WebSocket's own pings find out."""

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._right is None:
            raise Close(4401, "Unauthorized")
        number, payload = _id_of(message), message.get("payload")
        if payload is None:
            raise Close(4400, "A subscribe message needs a payload.")
        if number in self._tasks:
            raise Close(4409, f"Subscriber for {number[:80]} already exists")
        request_id = new_request_id().hex
        try:
            if len(self._tasks) >= MOST_SUBSCRIPTIONS:
                raise Throttled(
                    f"A connection may have {MOST_SUBSCRIPTIONS} subscriptions. Open another.",
                    retry_after=1, left=0,
                )  # fmt: skip
            asked = asked_by(payload, documents.registered, self._right.entered.actor)
            listening = await self._live.begin(
                self._right, asked, carrier="websocket", request_id=request_id
            )
        except NotWellFormed as error:
            if error.code == "BAD_REQUEST":
                raise Close(4400, error.message) from None
            # Well-formed, and not for this client: documents that are not registered.
            refusal = GraphQLError(error.message, extensions={"code": error.code})
            await self._refuse(number, [refusal], request_id)
            return
        except _REFUSED as error:
            await self._refuse(number, errors_of(error), request_id)
            return
        self._listening[number] = listening
        self._tasks[number] = asyncio.create_task(self._tell(number, listening))

    async def _refuse(self, number: str, errors: list[GraphQLError], request_id: str) -> None:
        payload = [public_error(one, request_id) for one in errors]
        await self._send({"id": number, "type": "error", "payload": payload})

    async def _complete(self, message: dict[str, Any]) -> None:
        task = self._tasks.get(_id_of(message))
        if task is not None:
            task.cancel()
            # Its place is free before the next message is read, whatever that is.
            await asyncio.gather(task, return_exceptions=True)

    # What a client is told

    async def _tell(self, number: str, listening: Listening) -> None:
        why = None

        async def send(cursor: str, body: Body) -> None:
            del cursor  # the client selects it where it wants it
            await self._send({"id": number, "type": "next", "payload": body})

        try:
            await listening.tell(send)
        except (Unread, WebSocketDisconnect) as error:
            why = type(error).__name__
        except Exception as error:  # noqa: BLE001 - whatever it is, only this subscription ends
            why = type(error).__name__
            last = listening.last_words(error)
            with suppress(Unread, WebSocketDisconnect):
                await self._send({"id": number, "type": "error", "payload": last})
        finally:
            del self._tasks[number]
            if not self._unread.is_set():
                del self._listening[number]
            await listening.end(why or self._why or "client completed")

    async def _send(self, message: dict[str, object]) -> None:
        """Raises `Unread`, `WebSocketDisconnect`."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._settings.unread_seconds):
                    await self._websocket.send_text(_text(message))
            except TimeoutError:
                self._unread.set()
                raise Unread from None

    async def _close(self, close: Close, *, unread: bool = False) -> None:
        """With last words for each subscription, when the client may still read them."""
        self._why = close.reason
        await self._end_subscriptions()
        with suppress(Unread, WebSocketDisconnect, TimeoutError, RuntimeError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                for number, listening in self._listening.items() if unread else ():
                    last = listening.last_words(Unread())
                    message = {"id": number, "type": "error", "payload": last}
                    await self._websocket.send_text(_text(message))
                await self._websocket.close(close.code, close.reason)

    async def _end(self) -> None:
        self._why = self._why or "server stopped"
        await self._end_subscriptions()
        self._unknown.close()
        await self._slot.aclose()

    async def _end_subscriptions(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _too_many(full: Throttled) -> JSONResponse:
    """Before the connection is one: an answer that any client can show."""
    error = {"message": full.message, "extensions": {"code": "THROTTLED"}}
    headers = {"Retry-After": str(full.retry_after)}
    return JSONResponse({"errors": [error]}, status_code=429, headers=headers)


def _text(message: Mapping[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))


def _id_of(message: dict[str, Any]) -> str:
    number = message.get("id")
    if (
        not isinstance(number, str)
        or not 0 < len(number) <= _LONGEST_ID
        or any("\ud800" <= one <= "\udfff" for one in number)
    ):
        raise Close(4400, f"The id of a message is text of 1 to {_LONGEST_ID} characters.")
    return number
