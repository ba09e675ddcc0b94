"""Colours of the members' pages, and whether they can be read there. Pure.

Contrast is that of WCAG 2.2 (relative luminance and contrast ratio): 4.5 for text, 3 for what only
has to be seen (success criteria 1.4.3 and 1.4.11).
"""

from dataclasses import dataclass

# What the pages lay colours on: paper and ground, light and dark (pages/static/style.css).
ON_LIGHT = ("#ffffff", "#f5f6f8")
ON_DARK = ("#1c2027", "#12151a")
TEXT = 4.5
SEEN = 3.0
_WHITE, _INK = "#ffffff", "#14171c"


@dataclass(frozen=True)
class Theme:
    """`primary` is text, links and buttons, `accent` what is to be noticed; each for light pages
    and for dark ones.
    """

    primary: str = "#3b3fb6"
    primary_dark: str = "#aab0ff"
    accent: str = "#b4540a"
    accent_dark: str = "#ffb066"


def contrast(one: str, other: str) -> float:
    """Between 1 (the same) and 21 (black on white), of colours like #0b5cad."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(colour: str) -> str:
    """White or ink, whichever is read better on the colour; one of them always can be."""
    return max((_WHITE, _INK), key=lambda text: contrast(text, colour))


def written_on(colour: str) -> str:
    """The colour. Raises `ValueError` where neither white nor ink could be read on it."""
    white, ink = contrast(_WHITE, colour), contrast(_INK, colour)
    if max(white, ink) < TEXT:
        raise ValueError(
            f"white stands out from it by {white:.2f} and ink by {ink:.2f}, {TEXT:g} is needed:"
            " take a darker or a lighter one"
        )
    return colour


def seen_on(colour: str, grounds: tuple[str, ...], least: float) -> str:
    """The colour. Raises `ValueError` where it stands out too little on one of the grounds."""
    for ground in grounds:
        found = contrast(colour, ground)
        if found < least:
            way = "darker" if grounds == ON_LIGHT else "lighter"
            raise ValueError(
                f"stands out from {ground} by {found:.2f}, {least:g} is needed: take a {way} one"
            )
    return colour


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - WCAG 2.2
