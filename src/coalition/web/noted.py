"""What a brand knows of a member, in plain words."""

from collections.abc import Mapping
from types import MappingProxyType

from coalition.pages import Text, said
from coalition.web.api import Json

_NOTED: Mapping[str, Text] = MappingProxyType(
    {
        "EMAIL": said("an e-mail address"),
        "PHONE": said("a phone number"),
        "EXTERNAL": said("a customer number of its own"),
        "PAYMENT_CARD": said("a payment card that you have linked"),
    }
)
_TOLD: Mapping[str, Text] = MappingProxyType(
    {
        "MEMBER_ENROLLED": said("that you joined"),
        "MEMBER_CHANGED": said("changes to your membership"),
        "AWARD_RECORDED": said("points for a purchase"),
        "AWARD_REVERSED": said("points taken back after a return"),
        "POINTS_CARRIED_OVER": said("points from before"),
        "POINTS_HELD": said("points set aside"),
        "HOLD_RELEASED": said("points no longer set aside"),
        "HOLD_EXPIRED": said("points no longer set aside"),
        "REDEMPTION_RECORDED": said("points spent"),
        "REDEMPTION_REFUNDED": said("points refunded"),
        "POINTS_EXPIRED": said("points that ended"),
        "REWARD_CLAIMED": said("rewards"),
        "CLAIM_CHANGED": said("rewards"),
        "SPENDING_BLOCKED": said("spending that was stopped"),
        "MISSING_REPORTED": said("purchases that you reported"),
        "MISSING_CHANGED": said("purchases that you reported"),
    }
)
_OTHER = said("other things that happened")


def noted_under(sharing: Json) -> list[Text]:
    """Of a `DataSharing`: what the brand has noted itself to know the member by."""
    return [_NOTED[kind] for kind in sharing["notedUnder"] if kind in _NOTED]


def told_of(sharing: Json) -> list[tuple[Text, int]]:
    """Of a `DataSharing`: what the brand's server was told of, and how often."""
    counted: dict[str, tuple[Text, int]] = {}
    for one in sharing["told"]:
        words = _TOLD.get(one["event"], _OTHER)
        _, so_far = counted.get(words.english, (words, 0))
        counted[words.english] = (words, so_far + one["times"])
    return list(counted.values())
