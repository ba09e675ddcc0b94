"""The way to the mail server: SMTP (RFC 5321), one connection for many mails."""

import ssl
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Final, Self

import aiosmtplib

from coalition.kit.config import Settings
from coalition.kit.errors import Misconfigured

_SECONDS: Final = 20.0
_USUAL_PORT: Final = {"starttls": 587, "tls": 465, "none": 25}
_LONGEST_ANSWER = 200
_FOR_GOOD = 500
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Outcome(Enum):
    TAKEN = auto()
    LATER = auto()  # the server says: not now
    REFUSED = auto()  # for good, and it is this mail's fault
    NO_SUCH_ADDRESS = auto()  # for good, and it is the address's fault
    NOT_REACHED = auto()  # nothing is wrong with the mail


@dataclass(frozen=True, slots=True)
class Answer:
    """`said`: what the server answered, as it is kept; no address stands in it."""

    outcome: Outcome
    said: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over, and as whom."""

    host: str
    port: int
    tls: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "MailServer | None":
        """None where no mails are sent. Raises `Misconfigured`."""
        if not settings.mail_host:
            return None
        password = settings.mail_password.get_secret_value()
        if "@" not in settings.mail_sender:
            raise Misconfigured(
                "COALITION_MAIL_SENDER must be the address that mails come from, like"
                f" points@example.com; it is {settings.mail_sender!r}."
            )
        if password and settings.mail_tls == "none" and settings.mail_host not in _LOOPBACK:
            raise Misconfigured(
                "COALITION_MAIL_PASSWORD is not sent over a way that anybody can read: set"
                " COALITION_MAIL_TLS to starttls or tls."
            )
        return cls(
            host=settings.mail_host,
            port=settings.mail_port or _USUAL_PORT[settings.mail_tls],
            tls=settings.mail_tls,
            sender=settings.mail_sender,
            user=settings.mail_user,
            password=password,
            ca=str(settings.mail_ca) if settings.mail_ca else None,
        )


class Door:
    """One connection, opened when it is needed and again when it was lost."""

    def __init__(self, server: MailServer, *, seconds: float = _SECONDS) -> None:
        self._server = server
        self._seconds = seconds
        self._open: aiosmtplib.SMTP | None = None

    async def send(self, recipient: str, message: bytes) -> Answer:
        """One mail to one address. Raises nothing: what went wrong is the answer."""
        try:
            smtp = await self._connected()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            await self._forget()
            return Answer(Outcome.NOT_REACHED, _kept(f"{type(error).__name__}: {error}", recipient))
        # An address in letters is said in letters, where the server takes that (RFC 6531).
        options = [] if recipient.isascii() else ["smtputf8"]
        try:
            _, said = await smtp.sendmail(
                self._server.sender, recipient, message, mail_options=options
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients[0], recipient, Outcome.NO_SUCH_ADDRESS)
        except aiosmtplib.SMTPDataError as error:
            return _refused(error, recipient, Outcome.REFUSED)
        except (aiosmtplib.SMTPNotSupported, ValueError) as error:
            return Answer(Outcome.NO_SUCH_ADDRESS, _kept(str(error), recipient))
        except (aiosmtplib.SMTPException, OSError) as error:
            # It may be this very mail that the server does not survive: the others go first.
            await self._forget()
            return Answer(Outcome.LATER, _kept(f"{type(error).__name__}: {error}", recipient))
        return Answer(Outcome.TAKEN, _kept(said, recipient))

    async def close(self) -> None:
        if self._open is not None:
            smtp, self._open = self._open, None
            try:
                await smtp.quit()
            except (aiosmtplib.SMTPException, OSError):
                smtp.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._open is not None:
            try:
                # Servers hang up on who says nothing for a while.
                await self._open.noop()
            except (aiosmtplib.SMTPException, OSError):
                await self._forget()
            else:
                return self._open
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=_believing(server) if server.tls != "none" else None,
            username=server.user or None,
            password=server.password or None,
            timeout=self._seconds,
        )
        await smtp.connect()
        self._open = smtp
        return smtp

    async def _forget(self) -> None:
        """What was half said to a server is not gone on with."""
        smtp, self._open = self._open, None
        if smtp is not None:
            smtp.close()


def _believing(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca)


def _refused(error: aiosmtplib.SMTPResponseException, recipient: str, outcome: Outcome) -> Answer:
    said = _kept(f"{error.code} {error.message}", recipient)
    return Answer(outcome if error.code >= _FOR_GOOD else Outcome.LATER, said)


def _kept(said: str, recipient: str) -> str:
    """Without the address, which servers like to repeat."""
    text = said.replace(recipient, "...").replace(recipient.partition("@")[0], "...")
    return "".join(one if one.isprintable() else " " for one in text)[:_LONGEST_ANSWER]
