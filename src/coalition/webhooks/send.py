"""One attempt: a POST to the address that was looked at, and what came back, in 15 seconds."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import httpx2

from coalition.webhooks.addresses import Address, Reach, Target
from coalition.webhooks.errors import WebhookAddressNotAllowed

TOTAL_SECONDS = 15
CONNECT_SECONDS = 5
LONGEST_RESPONSE = 1024
_GONE = 410
# These two ask for patience; on others a Retry-After means something else or nothing.
_WAIT = {429, 503}


@dataclass(frozen=True, slots=True)
class Answer:
    """`error` is None when the receiver has the message. `response`: how its answer began.
    `retry_after`: as the receiver said it, where it asks for patience.
    """

    milliseconds: int
    status: int | None = None
    error: str | None = None
    response: str | None = None
    retry_after: str | None = None

    @property
    def gone(self) -> bool:
        return self.status == _GONE


class Sender:
    """Opens a connection for each message: one that was checked for another name is not used
    again. Follows no redirect, and asks no proxy, password file or variable of the environment.
    `certificates`: whom to believe; None: whom the operating system believes.
    """

    def __init__(self, reach: Reach, certificates: ssl.SSLContext | None = None) -> None:
        self._reach = reach
        self._http = httpx2.AsyncClient(
            verify=certificates or _certificates(),
            # The attempt has its time as a whole; an address where nobody answers must leave some
            # of it to the next one.
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Never raises for what the receiver or the network does."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                status, response, patience = await self._post(url, headers, body)
        except TimeoutError:
            return Answer(_since(began), error=f"No answer within {TOTAL_SECONDS} seconds.")
        except WebhookAddressNotAllowed as error:
            return Answer(_since(began), error=error.message)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            return Answer(_since(began), error=_said(error))
        wrong = None if 200 <= status < 300 else f"The receiver answered {status}."  # noqa: PLR2004 - success
        return Answer(_since(began), status, wrong, response, patience)

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str, str | None]:
        target = await self._reach.target(url)
        answer = await self._connected(target, headers, body)
        try:
            read = b""
            async for part in answer.aiter_raw():
                read += part
                if len(read) >= LONGEST_RESPONSE:
                    break
        finally:
            await answer.aclose()
        patience = answer.headers.get("retry-after") if answer.status_code in _WAIT else None
        return answer.status_code, _escaped(read[:LONGEST_RESPONSE]), patience

    async def _connected(
        self, target: Target, headers: Mapping[str, str], body: bytes
    ) -> httpx2.Response:
        """From the first of the addresses that a connection can be made to."""
        *others, last = target.addresses
        for address in others:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                request = self._request(target, address, headers, body)
                return await self._http.send(request, stream=True)
        return await self._http.send(self._request(target, last, headers, body), stream=True)

    def _request(
        self, target: Target, address: Address, headers: Mapping[str, str], body: bytes
    ) -> httpx2.Request:
        return self._http.build_request(
            "POST",
            httpx2.URL(
                scheme=target.scheme,
                host=str(address),
                port=target.port,
                raw_path=target.path.encode("ascii"),
            ),
            content=body,
            headers={
                "Host": target.authority,
                "User-Agent": "coalition-webhooks",
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
                **headers,
            },
            # The name, not the address, is what the certificate must be for.
            extensions={"sni_hostname": target.host},
        )


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _said(error: Exception) -> str:
    """What went wrong, without what a stranger's server has put into it."""
    what = type(error).__name__
    if isinstance(error, httpx2.ConnectError):
        return f"No connection: {_escaped(str(error).encode())[:200]}"
    return f"The exchange failed: {what}."


def _escaped(text: bytes) -> str:
    """Printable text: what a stranger sends must not write into a terminal or a page."""
    shown = text.decode("utf-8", "backslashreplace")
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown
    )
