"""Arguments that several operations take, described once."""

from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from coalition.api.scalars import Points

T = TypeVar("T")

Asked = Annotated[T, strawberry.argument(description="What is asked for.")]
First = Annotated[
    int | None, strawberry.argument(description="How many at most: 1 to 100; absent: 50.")
]
After = Annotated[
    str | None, strawberry.argument(description="Go on behind the item with this cursor.")
]
OnlyRejected = Annotated[
    bool, strawberry.argument(description="Leave out the rows that were accepted.")
]
From = Annotated[
    datetime | None, strawberry.argument(description="Only what happened at this instant or later.")
]
Until = Annotated[
    datetime | None, strawberry.argument(description="Only what happened before this instant.")
]
AtBrand = Annotated[strawberry.ID, strawberry.argument(description="At which brand.")]
OfBrand = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only what happened at this brand.")
]
Spent = Annotated[
    T, strawberry.argument(description="What would be paid, in the brand's currency.")
]
OfKinds = Annotated[T, strawberry.argument(description="Only what did one of these.")]
OfStates = Annotated[T, strawberry.argument(description="Only what stands in one of these.")]
AsOf = Annotated[datetime | None, strawberry.argument(description="A past instant; absent: now.")]
HowMany = Annotated[Points, strawberry.argument(description="How many points: a whole number.")]
OfCard = Annotated[str, strawberry.argument(description="As it stands on the card.")]
AnId = Annotated[strawberry.ID, strawberry.argument(description="As an answer has named it.")]
Label = Annotated[str, strawberry.argument(description='The label of a period, like "2017-01".')]
PlaceOfLine = Annotated[int, strawberry.argument(description="Counted from 1.")]
InCalendar = Annotated[
    str | None,
    strawberry.argument(
        description='Of which calendar, like "monthly@Europe/Madrid"; absent: of the partner who'
        " asks, or of the programme."
    ),
]
Bought = Annotated[T, strawberry.argument(description="What was bought.")]
Who = Annotated[T, strawberry.argument(description="Which member.")]
DryRun = Annotated[
    bool,
    strawberry.argument(
        description="Answer what this would do, to the last figure, and write nothing. The ids of"
        " what it would write name nothing. A document is dry as a whole or not at all; its"
        " dry runs build on each other."
    ),
]
