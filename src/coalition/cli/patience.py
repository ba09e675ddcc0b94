"""Connections that stop sending are ended: uvicorn itself waits for them without end."""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 2000


class Impatient(HttpToolsProtocol):
    """`head_seconds`: from the first moment until a request's head is whole. `body_seconds`: for
    each next part of its body, as long as somebody reads.
    """

    head_seconds = 20.0
    body_seconds = 20.0
    _waiting: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait(self.head_seconds)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._wait(self.body_seconds)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._wait(self.body_seconds)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._wait_no_more()

    def handle_websocket_upgrade(self) -> None:
        self._wait_no_more()
        super().handle_websocket_upgrade()

    def _wait(self, seconds: float) -> None:
        self._wait_no_more()
        self._waiting = self.loop.call_later(seconds, self._enough, seconds)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _enough(self, seconds: float) -> None:
        if self.flow is not None and self.flow.read_paused:
            self._wait(seconds)  # it is we who are slow
        elif not self.transport.is_closing():
            self.transport.close()
