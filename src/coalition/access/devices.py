"""What somebody signs in with, told apart coarsely: the family of its browser, the system, and the
network's first half. Enough to notice a stranger; too little to follow anybody.
"""

import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from coalition.kit.database import Database

_LONGEST_AGENT: Final = 400
# The first that fits: browsers name those that they want to be taken for.
_BROWSERS: Final = (
    ("Edge", r"\bEdgA?(?:iOS)?/"), ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"), ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/"), ("Safari", r"\bSafari/"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("iPhone", r"\biPhone\b"), ("iPad", r"\biPad\b"), ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"), ("macOS", r"\bMacintosh\b"), ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)  # fmt: skip
_HALF_OF = {4: 16, 6: 32}


@dataclass(frozen=True, slots=True)
class Device:
    """`browser` and `system` by their families; None: not known. `network` is never kept."""

    browser: str | None
    system: str | None
    network: str

    def hash(self, key: bytes) -> bytes:
        """Without the key nobody can try all networks to find the one."""
        said = json.dumps([self.browser, self.system, self.network])
        return hmac.digest(key, said.encode(), "sha256")


def device_of(agent: str, address: str | None) -> Device:
    """By what a browser says of itself, and where it is."""
    said = agent[:_LONGEST_AGENT]
    return Device(_first(_BROWSERS, said), _first(_SYSTEMS, said), _network(address))


async def note_device(
    database: Database, login_id: int, device: Device, *, key: bytes, now: datetime
) -> bool:
    """After somebody signed in. Whether the device is new to a login that has others: then its
    owner is told by mail. Raises `Unavailable`.
    """
    facts = {"browser": device.browser, "system": device.system}
    (row,) = await database.call("note_device", login_id, device.hash(key), json.dumps(facts), now)
    new: bool = row["is_new"]
    return new


def _first(families: tuple[tuple[str, str], ...], said: str) -> str | None:
    return next((name for name, pattern in families if re.search(pattern, said)), None)


def _network(address: str | None) -> str:
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv4Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(ip_network(f"{found}/{_HALF_OF[found.version]}", strict=False))
