"""Where a till stands: what its token says, and what it sends, must agree."""

from coalition.access import Actor
from coalition.partners.errors import StoreNotAllowed

Place = tuple[str | None, str | None]


def place_of(
    actor: Actor, store: str | None, terminal: str | None, field: tuple[str, ...] = ()
) -> Place:
    """The store and the terminal to write down: those sent, or the token's own when none is.

    Raises `StoreNotAllowed` for others than the token's.
    """
    return (
        _one_of(actor.store_code, store, (*field, "storeCode"), "store"),
        _one_of(actor.terminal_code, terminal, (*field, "terminalCode"), "terminal"),
    )


def _one_of(own: str | None, sent: str | None, field: tuple[str, ...], what: str) -> str | None:
    if own is not None and sent is not None and sent.strip() != own:
        raise StoreNotAllowed(
            f"This token is for the {what} {own!r}, not for {sent.strip()!r}.", field=field
        )
    return own if sent is None else sent
