"""The words of rewards: what they are, where they are used, how a list of them is ordered."""

from enum import Enum
from typing import Annotated

import strawberry

InLanguage = Annotated[
    str | None,
    strawberry.argument(
        description="A language like es or es-MX. Each text falls back by itself: to the language"
        " without its country, then to the reward's first. Absent: its first."
    ),
]


@strawberry.enum(description="What a reward is.")
class RewardKind(Enum):
    VOUCHER = strawberry.enum_value("VOUCHER", description="A code that its brand takes, once.")
    GIFT_CARD = strawberry.enum_value(
        "GIFT_CARD", description="A code that is worth its face value. It is never given back."
    )
    ITEM = strawberry.enum_value("ITEM", description="A thing that is sent or handed over.")
    CASH_BACK = strawberry.enum_value(
        "CASH_BACK", description="Money that its brand pays to the member."
    )
    DONATION = strawberry.enum_value(
        "DONATION", description="Money that its brand gives to a charity, with a receipt."
    )
    PRIZE_DRAW = strawberry.enum_value(
        "PRIZE_DRAW", description="A ticket in a draw that everybody can check."
    )


@strawberry.enum(description="Where a reward is used.")
class RewardPlace(Enum):
    ONLINE = strawberry.enum_value("ONLINE", description="On the brand's pages.")
    STORE = strawberry.enum_value("STORE", description="In the brand's stores.")
    BOTH = strawberry.enum_value("BOTH", description="Either.")


@strawberry.enum(description="What its brand is paid for a reward.")
class RewardCostBasis(Enum):
    PRICE = strawberry.enum_value(
        "PRICE", description="Its points at the redeem price, as for points spent at a till."
    )
    FACE_VALUE = strawberry.enum_value("FACE_VALUE", description="Its face value.")
    NEGOTIATED = strawberry.enum_value("NEGOTIATED", description="A cost that was agreed.")


@strawberry.enum(description="Whether a reward can be claimed, whoever asks.")
class RewardAvailability(Enum):
    AVAILABLE = strawberry.enum_value("AVAILABLE", description="It can.")
    OUT_OF_STOCK = strawberry.enum_value("OUT_OF_STOCK", description="Nothing is left of it.")
    NOT_YET = strawberry.enum_value("NOT_YET", description="From its first moment on.")
    OVER = strawberry.enum_value("OVER", description="Its time is over.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="Its brand took it away.")


@strawberry.enum(description="The order of a list of rewards.")
class RewardSort(Enum):
    POINTS = strawberry.enum_value("POINTS", description="The cheapest first.")
    VALUE = strawberry.enum_value(
        "VALUE",
        description="The highest face value per point first, less what is paid besides the points."
        " Values of different currencies are not compared: those in the programme's currency come"
        " first, then currency by currency; those without a face value last.",
    )
    NEWEST = strawberry.enum_value("NEWEST", description="The latest first.")
