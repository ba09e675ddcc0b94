"""The key that a form carries, so that whatever is sent twice is done once."""

import re
import secrets
from collections.abc import Mapping

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def new_key() -> str:
    return secrets.token_urlsafe(16)


def key_of(form: Mapping[str, str]) -> str:
    """The form's own, so that a second click does nothing; a new one where it has none."""
    key = form.get("key", "")
    return key if _KEY.fullmatch(key) else new_key()
