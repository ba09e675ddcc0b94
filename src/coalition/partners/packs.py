"""Which of a partner's packs its points come out of: the earliest first. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from coalition.partners.terms import Pack


@dataclass(frozen=True, slots=True)
class PackLeft:
    """A pack, and how many of its points may still be given."""

    pack: Pack
    left: int


def packs_left(packs: Iterable[Pack], left: int) -> list[PackLeft]:
    """The packs in the order in which they are used up (by day, then as they were written), with
    what is left of each when `left` points are left in all.
    """
    ordered = sorted(packs, key=lambda pack: (pack.bought_on, pack.id))
    used = sum(pack.points for pack in ordered) - left
    found = []
    for pack in ordered:
        taken = max(0, min(used, pack.points))
        found.append(PackLeft(pack, pack.points - taken))
        used -= taken
    return found
