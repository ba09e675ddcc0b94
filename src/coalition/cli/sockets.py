"""WebSockets are held to their bounds: uvicorn itself waits for a handshake without end, and
answers control frames as fast as they come.
"""

from asyncio import TimerHandle
from asyncio.transports import BaseTransport
from typing import Any
from weakref import WeakKeyDictionary

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame

from coalition.kit.buckets import Buckets

# How much is parsed before the frames in it are counted: 680 of the smallest.
_AT_ONCE = 4096
# At once, and for each second.
_FRAMES_BEFORE, _FRAMES = (10, 1), (300, 20)
_open: WeakKeyDictionary[ServerState, int] = WeakKeyDictionary()


def open_sockets(state: ServerState) -> int:
    """How many connections of a server are WebSockets, or are becoming one."""
    return _open.get(state, 0)


class Bounded(WebSocketsSansIOProtocol):
    """`handshake_seconds`: until the application has answered an upgrade.

    Pings, pongs and the parts of a message but its last are taken from one bucket per connection,
    a small one until the first message has come: who has not begun has nothing to say in them.
    """

    handshake_seconds = 10.0
    # So long a peer may leave our close frame unanswered; what was written is sent all the same.
    close_seconds = 2.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self.close_timeout = self.close_seconds
        self._state: ServerState = kwargs["server_state"]
        self._deadline: TimerHandle | None = None
        self._has_begun = False
        self._frames = Buckets(*_FRAMES_BEFORE, self.loop.time)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        _open[self._state] = open_sockets(self._state) + 1
        self._deadline = self.loop.call_later(self.handshake_seconds, self._enough)

    def connection_lost(self, exc: Exception | None) -> None:
        _open[self._state] -= 1
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _AT_ONCE):
            if self.transport.is_closing():
                return
            # A head is one piece: `uvicorn` hands it over whole.
            piece = data[start : start + _AT_ONCE] if self.handshake_initiated else data
            super().data_received(piece)
            if not self.handshake_initiated:
                self._end_handshake()
                return

    def handle_ping(self) -> None:
        if self._has_one_more():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._has_one_more():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if event.fin or self._has_one_more():
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._frames = Buckets(*_FRAMES, self.loop.time)
        super().send_receive_event_to_app()

    def _has_one_more(self) -> bool:
        if self.transport.is_closing():
            return False
        if not self._frames.take(None).allowed:
            self.transport.abort()
            return False
        return True

    def _end_handshake(self) -> None:
        """What is no upgrade after all: uvicorn would neither answer it nor close."""
        if not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def _enough(self) -> None:
        if not self.handshake_complete:
            self.transport.abort()
