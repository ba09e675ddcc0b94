"""Which addresses may be called: public ones, by https. Guards against SSRF.

A URL that a partner gives leads anywhere: to this machine, to the network it stands in, to the
cloud's own metadata. So a name is looked up once, every address it has must be a public one, and
the connection is made to the very address that was looked at: a name that leads elsewhere the
next moment (rebinding) moves nothing. Networks are those of the IANA special-purpose registries.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any
from urllib.parse import urlsplit

from coalition.webhooks.errors import WebhookAddressNotAllowed

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

LONGEST_URL = 2000
LOOKUP_SECONDS = 5
# Threads of their own: a name server that never answers keeps them, and nobody else's.
_LOOKUPS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="webhook-lookup")
_HTTPS = 443
_FIRST_FREE_PORT = 1024
_PLAIN = re.compile(r"[!-~]+", re.ASCII)
# Beside what `is_global` knows: networks that some provider or protocol uses for itself.
_NOT_PUBLIC = (
    ip_network("192.0.0.0/24"),  # protocol assignments; one large cloud's metadata among them
    ip_network("192.88.99.0/24"),  # 6to4 relays
    ip_network("168.63.129.16/32"),  # the platform's own address in another large cloud
    ip_network("2001::/23"),  # protocol assignments, Teredo among them
    ip_network("3fff::/20"),  # documentation
)
# All that was ever handed out of IPv6; mapped, compatible and unique local addresses are not.
_GLOBAL_UNICAST = ip_network("2000::/3")
# The rest of an address is an IPv4 address, to which packets may come in the end.
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP = {0x0000_5EFE, 0x0200_5EFE}
_LOW = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart, and the addresses to connect to, which were looked at. `authority`: the
    header Host.
    """

    scheme: str
    host: str
    port: int
    authority: str
    path: str
    addresses: tuple[Address, ...]


async def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a name, by the system's resolver. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_LOOKUPS, _addresses_of, host, port)
    return [str(one[4][0]) for one in found]


def _addresses_of(host: str, port: int) -> Sequence[tuple[object, object, object, object, Any]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where webhooks may go. `allowed`: networks that are let through though they are not public,
    by http too; for tests and for trying out. `resolve`: who looks names up.
    """

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = look_up

    async def target(self, url: str) -> Target:
        """Where a URL leads at this moment. Raises `WebhookAddressNotAllowed`."""
        scheme, host, port, authority, path = _parts(url)
        addresses = await self._addresses(host, port)
        local = all(self._is_let_through(one) for one in addresses)
        if not local:
            if scheme != "https":
                raise _refused("must begin with https://")
            if port != _HTTPS and port < _FIRST_FREE_PORT:
                raise _refused(f"names port {port}; {_HTTPS}, or {_FIRST_FREE_PORT} and above may")
            if not all(is_public(one) or self._is_let_through(one) for one in addresses):
                raise _not_found(host)
        return Target(scheme, host, port, authority, path, tuple(addresses))

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = [ip_address(one) for one in await self.resolve(host, port)]
        except (OSError, UnicodeError, ValueError):
            found = []
        if not found:
            raise _not_found(host)
        return found

    def _is_let_through(self, address: Address) -> bool:
        return any(address.version == one.version and address in one for one in self.allowed)


def reach_of(networks: str) -> Reach:
    """From the setting: networks separated by commas. Raises `ValueError`."""
    return Reach(tuple(ip_network(one.strip()) for one in networks.split(",") if one.strip()))


def is_public(address: Address) -> bool:
    """Whether an address, and the IPv4 address that it may stand for, is one of the public
    internet.
    """
    if any(address.version == one.version and address in one for one in _NOT_PUBLIC):
        return False
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    inside = _inside(address)
    if inside is not None and not is_public(inside):
        return False
    return address in _NAT64 or (address in _GLOBAL_UNICAST and address.is_global)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries to a network behind: NAT64, 6to4, ISATAP."""
    number = int(address)
    if address in _NAT64 or number >> 32 & _LOW in _ISATAP:
        return IPv4Address(number & _LOW)
    return address.sixtofour


def _parts(url: str) -> tuple[str, str, int, str, str]:
    """(scheme, host, port, authority, path with query). Raises `WebhookAddressNotAllowed`."""
    if len(url) > LONGEST_URL or not _PLAIN.fullmatch(url) or "\\" in url:
        raise _refused(f"must be 1 to {LONGEST_URL} visible ASCII characters, without a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("is no URL") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _refused("must begin with https:// and name a host")
    if "@" in parts.netloc:
        raise _refused("must not hold a user or a password")
    if "#" in url:
        raise _refused("must not have a part behind #")
    if "%" in parts.netloc:
        raise _refused("must name its host in plain letters")
    usual = _HTTPS if parts.scheme == "https" else 80
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, usual if port is None else port, parts.netloc, path


def _refused(what: str) -> WebhookAddressNotAllowed:
    return WebhookAddressNotAllowed(f"url {what}.", field=("url",))


def _not_found(host: str) -> WebhookAddressNotAllowed:
    """The same for a name that is nowhere and for one of our own network: nobody is to learn
    here which names there are.
    """
    return _refused(f"names a host that is not found at public addresses: {host}")
