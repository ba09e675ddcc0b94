"""Passwords: what may be one, and how one is kept (argon2id, RFC 9106)."""

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coalition.kit.errors import Misconfigured

SHORTEST = 12
LONGEST = 128
_FEWEST_LETTERS = 5
# A handful that every list of broken passwords begins with and that are long enough.
_COMMON = frozenset(
    {"password1234", "123456789012", "qwertyuiop12", "iloveyou1234", "passwordpassword"}
)
# The library's own choice is RFC 9106's second recommendation: 64 MiB, three passes.
_hasher = PasswordHasher()
# Compared with when nobody has the address, so that both answers take the same work. Made before:
# every command would take a quarter of a second and 64 MiB for it at its start.
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$dopNcgr31xPTBQXZ0Vw/Zw"
    "$SuGD3GOP0ApH8iXxRF6L6h5bUI/jcdk4yQIJTsb/g/I"
)
# Each takes 64 MiB while it works: a flood of attempts waits here and not in the memory.
_at_once = anyio.CapacityLimiter(2)


def checked_password(password: str, email: str) -> str:
    """The password, when it may be one (NIST SP 800-63B section 3.1.1.2).

    Raises `Misconfigured`.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Misconfigured(f"A password has {SHORTEST} to {LONGEST} characters.")
    name = email.partition("@")[0].lower()
    if (
        password.lower() in _COMMON
        or len(set(password)) < _FEWEST_LETTERS
        or (len(name) >= _FEWEST_LETTERS and name in password.lower())
    ):
        raise Misconfigured(
            "This password is among the first that anybody would try. Several words that you do"
            " not use elsewhere are better."
        )
    return password


def hash_of_password(password: str) -> str:
    return _hasher.hash(password)


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Off the event loop, a few at a time; as much work for nobody (None) as for somebody."""

    def verify() -> bool:
        try:
            return _hasher.verify(password_hash or _NOBODYS, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    return await anyio.to_thread.run_sync(verify, limiter=_at_once)
