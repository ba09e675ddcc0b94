"""A name as somebody is shown it who knows no more than a card's number. Pure."""

_COVER = "\N{BULLET}" * 3


def masked(given_name: str | None, family_name: str | None) -> str | None:
    """Like A••• S•••: enough to know a friend by, and no more. None: it has no name."""
    parts = [name.strip() for name in (given_name, family_name) if name and name.strip()]
    return " ".join(f"{part[0]}{_COVER}" for part in parts) or None
