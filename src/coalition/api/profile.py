"""What is kept about a member itself, for the member and the operator."""

import strawberry

from coalition import members
from coalition.access import Scope
from coalition.api.viewers import MEMBER_AND_OPERATOR, shown_to


@shown_to(Scope.MEMBER_READ, Scope.MEMBERS_SUPPORT, kinds=MEMBER_AND_OPERATOR)
@strawberry.type(description="What is kept about a member itself.")
class Profile:
    given_name: str | None = strawberry.field(description="First name.")
    family_name: str | None = strawberry.field(description="Last name.")
    locale: str | None = strawberry.field(description="Language, like es-ES.")
    time_zone: str | None = strawberry.field(description="Like Europe/Madrid.")
    cards: list[str] = strawberry.field(
        description="The numbers of the cards that it may show, the oldest first."
    )

    @classmethod
    def of(cls, found: members.Profile) -> "Profile":
        return cls(
            given_name=found.given_name,
            family_name=found.family_name,
            locale=found.locale,
            time_zone=found.time_zone,
            cards=list(found.cards),
        )
