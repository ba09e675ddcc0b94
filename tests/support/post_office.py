"""A mail server on loopback: takes mails, or answers as it is told to."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

# What is said to a command with its argument: an answer, None for the usual one, or an exception
# that breaks the line.
Answers = Callable[[str, str], str | None]


class HangUp(Exception):
    """The server breaks the connection."""


@dataclass(frozen=True)
class Received:
    sender: str
    recipient: str
    message: EmailMessage
    raw: bytes
    over_tls: bool
    user: str | None

    def part(self, kind: str) -> str:
        """The text of the part: plain or html."""
        found = self.message.get_body((kind,))
        assert found is not None
        content: str = found.get_content()
        return content

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])


@dataclass
class PostOffice:
    """`answers` says what is not as usual. `taken`: the mails, in the order in which they came."""

    tls: ssl.SSLContext | None = None
    users: dict[str, str] = field(default_factory=dict)
    offers_tls: bool = True
    answers: Answers = lambda *_: None
    taken: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, number: int) -> None:
        """Until so many mails were taken."""
        while len(self.taken) < number:
            self._arrived.clear()
            await asyncio.wait_for(self._arrived.wait(), 20)

    @asynccontextmanager
    async def open(self, *, at_once_tls: bool = False) -> AsyncIterator["PostOffice"]:
        server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self.tls if at_once_tls else None
        )
        self.port = server.sockets[0].getsockname()[1]
        self._at_once_tls = at_once_tls
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = _Talk(self, reader, writer, over_tls=self._at_once_tls)
        with suppress(HangUp, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await talk.lead()
        writer.close()
        with suppress(Exception):
            await writer.wait_closed()

    def take(self, mail: Received) -> None:
        self.taken.append(mail)
        self._arrived.set()


class _Talk:
    """One connection (RFC 5321)."""

    def __init__(
        self,
        office: PostOffice,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        over_tls: bool,
    ) -> None:
        self._office = office
        self._reader = reader
        self._writer = writer
        self._over_tls = over_tls
        self._user: str | None = None
        self._sender = ""
        self._recipient = ""

    async def lead(self) -> None:
        await self._say(self._office.answers("CONNECT", "") or "220 post.example ESMTP")
        while line := await self._reader.readline():
            command, _, argument = line.decode("utf-8").strip().partition(" ")
            command = command.upper()
            told = self._office.answers(command, argument)
            await self._say(told if told is not None else await self._usual(command, argument))
            if command == "STARTTLS" and told is None and self._office.tls:
                await self._writer.start_tls(self._office.tls)
                self._over_tls = True
            if command == "QUIT":
                return

    async def _usual(self, command: str, argument: str) -> str:
        if command == "DATA":
            return await self._data()
        said = {
            "EHLO": self._greeting, "HELO": self._greeting, "STARTTLS": self._secured,
            "AUTH": self._signed_in, "MAIL": self._from, "RCPT": self._to,
        }.get(command)  # fmt: skip
        plain = {"NOOP": "250 ok", "RSET": "250 ok", "QUIT": "221 bye"}
        return said(argument) if said else plain.get(command, "500 what?")

    def _greeting(self, _: str) -> str:
        office, offers = self._office, ["post.example", "SMTPUTF8", "SIZE 1000000"]
        if office.tls and office.offers_tls and not self._over_tls:
            offers.append("STARTTLS")
        if office.users:
            offers.append("AUTH PLAIN")
        return "\r\n".join([*(f"250-{one}" for one in offers[:-1]), f"250 {offers[-1]}"])

    def _secured(self, _: str) -> str:
        return "220 go on" if self._office.tls else "502 not here"

    def _signed_in(self, argument: str) -> str:
        said = base64.b64decode(argument.partition(" ")[2]).decode()
        _, user, password = said.split("\0")
        if self._office.users.get(user) != password:
            return "535 5.7.8 no"
        self._user = user
        return "235 welcome"

    def _from(self, argument: str) -> str:
        self._sender = argument.partition("<")[2].partition(">")[0]
        return "250 ok"

    def _to(self, argument: str) -> str:
        self._recipient = argument.partition("<")[2].partition(">")[0]
        return "250 ok"

    async def _data(self) -> str:
        await self._say("354 go on")
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        raw = raw.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        told = self._office.answers("BODY", self._recipient)
        if told is not None and not told.startswith("2"):
            return told
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self._office.take(
            Received(self._sender, self._recipient, message, raw, self._over_tls, self._user)
        )
        return told or "250 2.0.0 queued"

    async def _say(self, answer: str) -> None:
        self._writer.write(answer.encode() + b"\r\n")
        await self._writer.drain()
