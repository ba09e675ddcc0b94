"""Where an award stands."""

from coalition.earning import AwardOutcome


def place_of(award: AwardOutcome) -> tuple[int, int]:
    assert award.place is not None
    return award.place
