"""What is kept about a member itself."""

from dataclasses import dataclass

from coalition.kit.database import Database


@dataclass(frozen=True, slots=True)
class Profile:
    """`cards`: those that it may show, the oldest first. `locale` like es-ES, `time_zone` like
    Europe/Madrid; None: it was never said.
    """

    given_name: str | None
    family_name: str | None
    locale: str | None
    time_zone: str | None
    cards: tuple[str, ...]


async def profile_of(database: Database, member_id: int) -> Profile | None:
    """None for nobody. For the member itself and the operator: a brand knows its own notes only."""
    rows = await database.call("profile_of", member_id)
    if not rows:
        return None
    row = dict(rows[0])
    return Profile(**row | {"cards": tuple(row["cards"])})
