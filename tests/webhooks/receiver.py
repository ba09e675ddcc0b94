"""A partner's server, on loopback: it keeps what it is sent and answers as a test says."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Json:
        content: Json = json.loads(self.body)
        return content


@dataclass
class Receiver:
    """`answer` is given each request; `open_for` is cleared to let everybody wait."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], bytes] = field(default=lambda _: said(204))
    open_for: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    at_once: int = 0
    most_at_once: int = 0

    def url(self, path: str = "/hooks") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    def types(self) -> list[str]:
        return [one.content["type"] for one in self.received]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {
                name.lower(): value for name, value in (line.split(": ", 1) for line in lines)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            one = Received(first.split()[1], headers, body)
            self.received.append(one)
            self.arrived.release()
            await self.open_for.wait()
            writer.write(self.answer(one))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who sent it was killed
        finally:
            self.at_once -= 1
            writer.close()


def said(status: int, body: str | bytes = "", **headers: str) -> bytes:
    """An answer; `headers` with _ for -."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Said", "Connection: close", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


@asynccontextmanager
async def a_receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.open_for.set()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
