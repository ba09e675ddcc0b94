"""Whole units shared out by the largest remainder, so that the shares sum to the whole. Pure."""

from collections.abc import Sequence


def largest_remainder(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in proportion to `weights`, each share within one unit of its exact one.

    Everybody gets the floor of the exact share, and the units that are left go one each to those
    with the largest fractions; of equal ones to the first. Weights are not below zero, and one is
    above; a negative whole is shared like its opposite. Source: the method of Hare and Niemeyer.
    """
    total = sum(weights)
    sign = -1 if whole < 0 else 1
    floors, fractions = [], []
    for place, weight in enumerate(weights):
        floor, rest = divmod(abs(whole) * weight, total)
        floors.append(floor)
        fractions.append((-rest, place))
    for _, place in sorted(fractions)[: abs(whole) - sum(floors)]:
        floors[place] += 1
    return [sign * share for share in floors]
