"""Load codes to be given out for a voucher or a gift card."""

from collections.abc import Sequence
from dataclasses import dataclass

from coalition.access import Actor, Scope, acting_partner, load_keys
from coalition.catalogue.codes import checked_code, hash_of_code, seal_code
from coalition.catalogue.errors import TooManyCodes
from coalition.catalogue.refusals import refusal_of
from coalition.kit.errors import Refusal
from coalition.partners import Office

MOST_CODES = 1000


@dataclass(frozen=True, slots=True)
class RefusedCode:
    """`place` counts from 0 in the list that was sent. `code`: of the refusal."""

    place: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Loaded:
    loaded: int
    refused: tuple[RefusedCode, ...]


async def load_codes(
    office: Office, *, actor: Actor, reward_id: int, codes: Sequence[str]
) -> Loaded:
    """Each code once per brand: what was loaded before is told by its place, so a list whose
    answer was lost can be sent again as it was.

    Raises `TooManyCodes`, `RewardNotFound`, `RewardTakesNoCodes`, `PartnerSuspended`.
    """
    partner_id = acting_partner(actor, Scope.CATALOGUE_WRITE)
    if not 1 <= len(codes) <= MOST_CODES:
        raise TooManyCodes(
            f"Send 1 to {MOST_CODES} codes at once, not {len(codes)}; more as a file.",
            field=("codes",),
        )
    return await load_checked(office, partner_id, reward_id, codes)


async def load_checked(
    office: Office, partner_id: int, reward_id: int, codes: Sequence[str]
) -> Loaded:
    """The same for a list of any length."""
    key = (await load_keys(office.database)).codes
    refused: list[RefusedCode] = []
    good: list[tuple[int, str]] = []
    for place, code in enumerate(codes):
        try:
            good.append((place, checked_code(code)))
        except Refusal as refusal:
            refused.append(RefusedCode(place, refusal.code, refusal.message))
    first, *known = await office.database.call(
        "load_codes", partner_id, reward_id,
        [hash_of_code(key, partner_id, code) for _, code in good],
        [seal_code(key, partner_id, code) for _, code in good],
    )  # fmt: skip
    if first["outcome"] != "LOADED":
        raise refusal_of(first["outcome"])
    refused += [
        RefusedCode(good[row["place"] - 1][0], "CODE_KNOWN", "The code was loaded before.")
        for row in known
    ]
    refused.sort(key=lambda one: one.place)
    return Loaded(len(good) - len(known), tuple(refused))
