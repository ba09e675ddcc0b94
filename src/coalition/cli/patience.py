"""Connections are held to their bounds: uvicorn itself waits for them without end, and takes a
head of any size.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from coalition.cli.sockets import open_sockets

MOST_CONNECTIONS = 2000
# WebSockets, beside the connections: who holds many of them keeps no request out.
MOST_SOCKETS = 2000
LONGEST_URL = 16 * 1024
LARGEST_HEAD = 64 * 1024
MOST_HEADERS = 100
# What `websockets` reads as one line when it parses the head of an upgrade once more.
_LONGEST_LINE = 8000
# How much is parsed before it is counted.
_AT_ONCE = 16 * 1024
# How long what still comes after a refusal is thrown away: a connection that is closed while
# something waits to be read is reset, and its refusal is lost with it.
_LINGERING_SECONDS = 1.0


class _Refused(Exception):
    """Ends the parsing. httptools passes on no exception of its callbacks."""


class Impatient(HttpToolsProtocol):
    """`head_seconds`: from the first moment until a request's head is whole. `body_seconds`: for
    each next part of its body, as long as somebody reads.
    """

    head_seconds = 20.0
    body_seconds = 20.0
    most_sockets = MOST_SOCKETS
    _waiting: TimerHandle | None = None
    # Bytes that came since the last that were of use: a head, trailers or the extensions of a
    # chunk may be without end.
    _fruitless = 0
    _head_is_whole = False
    _headers = 0
    _head_size = 0
    _why: tuple[int, str] | None = None
    # Refused, or a WebSocket by now: what still comes is not read here.
    _is_done = False

    # A transport of ours, narrower than asyncio says.
    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _AT_ONCE):
            if self._is_done or self.transport.is_closing():
                return
            piece = data[start : start + _AT_ONCE]
            self._fruitless += len(piece)
            super().data_received(piece)
            if self._fruitless > LARGEST_HEAD and not self._is_done:
                self._why = (431, f"A head may have {LARGEST_HEAD} bytes.")
                self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_is_whole = False
        self._headers = self._head_size = 0
        self._wait(self.head_seconds)

    def on_url(self, url: bytes) -> None:
        if len(self.url) + len(url) > LONGEST_URL:
            self._refuse(414, f"An address may have {LONGEST_URL} bytes.")
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers += 1
        self._head_size += len(name) + len(value)
        if self._headers > MOST_HEADERS:
            self._refuse(431, f"A request may have {MOST_HEADERS} lines of headers.")
        if self._head_size > LARGEST_HEAD:
            self._refuse(431, f"A head may have {LARGEST_HEAD} bytes.")
        # A trailer would become a header of the request that is being answered.
        if not self._head_is_whole:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._check_head()
        self._head_is_whole = True
        self._fruitless = 0
        if self.config.limit_concurrency is not None:
            # uvicorn counts the WebSockets with the connections.
            sockets = open_sockets(self.server_state)
            self.limit_concurrency = self.config.limit_concurrency + sockets
        super().on_headers_complete()
        self._wait(self.body_seconds)

    def on_body(self, body: bytes) -> None:
        self._fruitless = 0
        super().on_body(body)
        self._wait(self.body_seconds)

    def on_message_complete(self) -> None:
        self._fruitless = 0
        super().on_message_complete()
        self._wait_no_more()

    def handle_websocket_upgrade(self) -> None:
        self._is_done = True
        self._wait_no_more()
        if self._is_answering():
            self.transport.abort()  # two protocols on one connection
        elif open_sockets(self.server_state) >= self.most_sockets:
            self._why = (503, "Too many WebSockets are open. Try again later.")
            self.send_400_response("")
        elif any(len(name) + len(value) > _LONGEST_LINE for name, value in self.headers) or (
            len(self.url) > _LONGEST_LINE
        ):
            self._why = (431, f"A line of this head may have {_LONGEST_LINE} bytes.")
            self.send_400_response("")
        else:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """The refusal that ended the parsing, or 400; then the connection ends."""
        status, message = self._why or (400, msg)
        self._is_done = True
        self._wait_no_more()
        if self._is_answering():
            if self._head_is_whole and not self.cycle.response_started and not self.pipeline:
                # Its own body was bad: whoever reads it is told that the client is gone.
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            else:
                self.transport.abort()
                return
        self.transport.write(
            STATUS_LINE[status] + b"content-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(message), message.encode())
        )
        self.transport.write_eof()
        self._waiting = self.loop.call_later(_LINGERING_SECONDS, self.transport.abort)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _check_head(self) -> None:
        """What two servers in a row could read in two ways (RFC 9112 sections 3.2 and 6.1)."""
        names = [name for name, _ in self.headers]
        is_old = self.parser.get_http_version() == "1.0"
        hosts = names.count(b"host")
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if hosts > 1 or (hosts == 0 and not is_old):
            self._refuse(400, "Send one Host.")
        if names.count(b"authorization") > 1:
            self._refuse(400, "Send one Authorization.")
        if codings and (is_old or len(codings) > 1 or codings[0].strip().lower() != b"chunked"):
            self._refuse(400, "A Transfer-Encoding is chunked, once, and of HTTP/1.1.")

    def _refuse(self, status: int, message: str) -> None:
        self._why = (status, message)
        raise _Refused(message)

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
