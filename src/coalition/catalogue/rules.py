"""What each kind of reward is: what it must say, and the states that a claim of it goes through.

Pure. docs/catalogue.md shows the same as a table.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from coalition.catalogue.errors import (
    ClaimNotCancellable,
    ClaimStepNotPossible,
    RewardCostNotAgreed,
    RewardNotValid,
)
from coalition.kit.amounts import LARGEST, AmountNotPositive, Money, NotMoney, priced
from coalition.kit.errors import Refusal


class RewardKind(StrEnum):
    VOUCHER = "VOUCHER"
    GIFT_CARD = "GIFT_CARD"
    ITEM = "ITEM"
    CASH_BACK = "CASH_BACK"
    DONATION = "DONATION"
    PRIZE_DRAW = "PRIZE_DRAW"


class Place(StrEnum):
    """Where a reward is used."""

    ONLINE = "ONLINE"
    STORE = "STORE"
    BOTH = "BOTH"


class CostBasis(StrEnum):
    """What its brand is paid for a reward: points x price, its face value, or an agreed cost."""

    PRICE = "PRICE"
    FACE_VALUE = "FACE_VALUE"
    NEGOTIATED = "NEGOTIATED"


class ClaimState(StrEnum):
    CLAIMED = "CLAIMED"
    GIVEN = "GIVEN"  # by a link that was opened: never stored
    SENT = "SENT"
    WON = "WON"
    LOST = "LOST"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"  # by the clock: never stored


class MoneyState(StrEnum):
    """Of the money that is paid besides the points, at the brand."""

    DUE = "DUE"
    PAID = "PAID"
    TO_REPAY = "TO_REPAY"
    REPAID = "REPAID"
    NOTHING_DUE = "NOTHING_DUE"


@dataclass(frozen=True, slots=True)
class Machine:
    """`steps`: those that its brand takes. `cancels_from`: the states in which a claim may be given
    up. `has_codes`: it is used by its code. `returns`: what is given up is in stock again.
    """

    begins: ClaimState
    steps: Mapping[ClaimState, frozenset[ClaimState]]
    cancels_from: frozenset[ClaimState]
    has_codes: bool = False
    returns: bool = False


_SENT_THEN_DONE = MappingProxyType(
    {
        ClaimState.CLAIMED: frozenset({ClaimState.SENT, ClaimState.DONE}),
        ClaimState.SENT: frozenset({ClaimState.DONE}),
    }
)
_CLAIMED = frozenset({ClaimState.CLAIMED})
_NOTHING: Mapping[ClaimState, frozenset[ClaimState]] = MappingProxyType({})

MACHINES: Mapping[RewardKind, Machine] = MappingProxyType(
    {
        RewardKind.VOUCHER: Machine(ClaimState.CLAIMED, _NOTHING, _CLAIMED, has_codes=True),
        # Its code may be good elsewhere, too: once it was shown, nobody can call it back.
        RewardKind.GIFT_CARD: Machine(ClaimState.CLAIMED, _NOTHING, frozenset(), has_codes=True),
        RewardKind.ITEM: Machine(ClaimState.CLAIMED, _SENT_THEN_DONE, _CLAIMED, returns=True),
        RewardKind.CASH_BACK: Machine(
            ClaimState.CLAIMED,
            MappingProxyType({ClaimState.CLAIMED: frozenset({ClaimState.DONE})}),
            _CLAIMED,
            returns=True,
        ),
        # Given is given: the receipt is out.
        RewardKind.DONATION: Machine(ClaimState.DONE, _NOTHING, frozenset()),
        RewardKind.PRIZE_DRAW: Machine(
            ClaimState.CLAIMED,
            MappingProxyType(
                {
                    ClaimState.WON: frozenset({ClaimState.SENT, ClaimState.DONE}),
                    ClaimState.SENT: frozenset({ClaimState.DONE}),
                }
            ),
            _CLAIMED,
            returns=True,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Texts:
    """What members read in one language."""

    title: str
    description: str | None = None
    terms: str | None = None


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """A reward as its brand puts it. Money in minor units of the brand's currency; `stock` None:
    no end, or counted by its codes.
    """

    code: str
    kind: RewardKind
    texts: Mapping[str, Texts]
    points: int
    money: int | None = None
    category: str | None = None
    image_hash: bytes | None = None
    stock: int | None = None
    per_member: int | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    tier: str | None = None
    place: Place = Place.BOTH
    face_value: int | None = None
    cost_basis: CostBasis = CostBasis.PRICE
    cost: int | None = None
    cancel_hours: int = 0
    valid_days: int | None = None
    winners: int | None = None
    charity: str | None = None


LONGEST_CANCEL_HOURS = 24 * 90
LONGEST_VALID_DAYS = 3650
_BOUNDS = {
    "stock": (0, LARGEST),
    "perMember": (1, 10_000),
    "cancelHours": (0, LONGEST_CANCEL_HOURS),
    "validDays": (1, LONGEST_VALID_DAYS),
    "winners": (1, 100_000),
    "cost": (0, LARGEST),
}


def check_reward(terms: RewardTerms, tiers: Collection[str]) -> None:
    """Pass when a reward of its kind may be like that in a programme with these tiers.

    Raises `AmountNotPositive`, `RewardNotValid` with the first field that is wrong.
    """
    for refusal in wrongs_of(terms, tiers):
        raise refusal


def wrongs_of(terms: RewardTerms, tiers: Collection[str]) -> Iterator[Refusal]:
    """All that `check_reward` would refuse it for."""
    if not 0 < terms.points <= LARGEST:
        yield AmountNotPositive(
            f"points must be more than nothing, not {terms.points}.", field=("points",)
        )
    for name, minor in (("money", terms.money), ("faceValue", terms.face_value)):
        if minor is not None and minor <= 0:
            yield AmountNotPositive(f"{name} must be more than nothing.", field=(name,))
    for name, message in _wrong(terms, tiers):
        yield RewardNotValid(message, field=(name,))


def minor_of(amount: Decimal, given: str, currency: str, name: str) -> int:
    """An amount of the field `name` in minor units of its brand's currency. Raises
    `RewardNotValid` for another currency, and for more decimals than it has.
    """
    if given != currency:
        raise RewardNotValid(
            f"{name} must be in the brand's {currency}, not in {given}.", field=(name,)
        )
    try:
        return Money.of(amount, currency).minor
    except NotMoney as error:
        raise RewardNotValid(str(error), field=(name,)) from None


def _wrong(terms: RewardTerms, tiers: Collection[str]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it), the first one first."""
    yield from _out_of_bounds(terms)
    if terms.from_at and terms.until_at and terms.from_at >= terms.until_at:
        yield "until", "until must be later than from."
    if terms.tier is not None and terms.tier not in tiers:
        yield "tier", f"{terms.tier!r} is none of the programme's tiers."
    yield from _unfit(terms)
    if (terms.cost_basis is CostBasis.NEGOTIATED) != (terms.cost is not None):
        yield "cost", "A cost is given where costBasis is NEGOTIATED, and only there."
    if terms.cost_basis is CostBasis.FACE_VALUE and terms.face_value is None:
        yield "faceValue", "costBasis FACE_VALUE needs the faceValue."


def _out_of_bounds(terms: RewardTerms) -> Iterator[tuple[str, str]]:
    given = {
        "stock": terms.stock, "perMember": terms.per_member, "cancelHours": terms.cancel_hours,
        "validDays": terms.valid_days, "winners": terms.winners, "cost": terms.cost,
    }  # fmt: skip
    for name, value in given.items():
        low, high = _BOUNDS[name]
        if value is not None and not low <= value <= high:
            yield name, f"{name} must be {low} to {high}, not {value}."


def _unfit(terms: RewardTerms) -> Iterator[tuple[str, str]]:
    """What its kind does not have, or lacks."""
    kind, machine = terms.kind, MACHINES[terms.kind]
    is_draw, of_money = kind is RewardKind.PRIZE_DRAW, kind in _OF_MONEY
    broken = {
        ("stock", f"The stock of a {kind} are its codes: load them."): (
            machine.has_codes and terms.stock is not None
        ),
        ("validDays", f"A {kind} has no code whose time could end."): (
            not machine.has_codes and terms.valid_days is not None
        ),
        ("cancelHours", f"A {kind} is never given back."): (
            not machine.cancels_from and terms.cancel_hours > 0
        ),
        ("winners", "A PRIZE_DRAW says how many win, and nothing else does."): (
            is_draw != (terms.winners is not None)
        ),
        ("until", "A PRIZE_DRAW says until when tickets can be claimed."): (
            is_draw and terms.until_at is None
        ),
        ("charity", "A DONATION says to whom it goes, and nothing else does."): (
            (kind is RewardKind.DONATION) != (terms.charity is not None)
        ),
        ("faceValue", f"A {kind} says how much money it is."): (
            of_money and terms.face_value is None
        ),
        ("money", f"A {kind} is paid with points alone."): of_money and terms.money is not None,
    }
    yield from (one for one, is_broken in broken.items() if is_broken)


_OF_MONEY = frozenset({RewardKind.GIFT_CARD, RewardKind.CASH_BACK, RewardKind.DONATION})


def cost_of(terms: RewardTerms) -> int | None:
    """What its brand is paid for one; None: points x price."""
    match terms.cost_basis:
        case CostBasis.PRICE:
            return None
        case CostBasis.FACE_VALUE:
            return terms.face_value
        case CostBasis.NEGOTIATED:
            return terms.cost


def check_cost(points: int, cost: int | None, *, most: Decimal, currency: str) -> None:
    """`most`: money per point that was agreed. What a brand is paid comes out of what all have
    paid in: it does not set that by itself. Raises `RewardCostNotAgreed`.
    """
    limit = priced(points, most, currency)
    if cost is not None and cost > limit.minor:
        raise RewardCostNotAgreed(
            f"{Money(cost, currency)} for {points} points is more than the {limit} that were"
            " agreed for so many (reward_cost_limit, or the redeem price).",
            field=("cost",),
        )


def cancel_until(kind: RewardKind, hours: int, claimed_at: datetime) -> datetime | None:
    """Until when a member may give a claim up; None: not at all."""
    if not MACHINES[kind].cancels_from or not hours:
        return None
    return claimed_at + timedelta(hours=hours)


def check_cancel(
    kind: RewardKind,
    state: ClaimState,
    until: datetime | None,
    *,
    by_member: bool,
    now: datetime,
) -> None:
    """Pass when a claim may be given up. A brand that cannot deliver may do so after the member's
    own time is over. Raises `ClaimNotCancellable`.
    """
    machine = MACHINES[kind]
    if state not in machine.cancels_from:
        raise ClaimNotCancellable(
            f"A {kind} that is {state} is not given back.", field=("claimId",)
        )
    if by_member and (until is None or now > until):
        over = "It is never given back." if until is None else f"That was possible until {until}."
        raise ClaimNotCancellable(over, field=("claimId",))


def can_be_cancelled(
    kind: RewardKind, state: ClaimState, until: datetime | None, *, now: datetime
) -> bool:
    """Whether its member may give a claim up now."""
    try:
        check_cancel(kind, state, until, by_member=True, now=now)
    except ClaimNotCancellable:
        return False
    return True


def check_step(kind: RewardKind, state: ClaimState, to: ClaimState) -> None:
    """Pass when a brand may take a claim from one state to another, or it is there already.

    Raises `ClaimStepNotPossible`.
    """
    allowed = MACHINES[kind].steps.get(state, frozenset())
    if to is not state and to not in allowed:
        names = ", ".join(sorted(allowed)) or "nothing"
        raise ClaimStepNotPossible(
            f"A {kind} that is {state} can become {names}, not {to}.", field=("to",)
        )


MONEY_STEPS: Mapping[MoneyState, MoneyState] = MappingProxyType(
    {MoneyState.DUE: MoneyState.PAID, MoneyState.TO_REPAY: MoneyState.REPAID}
)


def check_money_step(state: MoneyState | None, to: MoneyState) -> None:
    """The same for the money besides the points. Raises `ClaimStepNotPossible`."""
    if state is not to and (state is None or MONEY_STEPS.get(state) is not to):
        there = "There is no money in it." if state is None else f"Its money is {state}."
        raise ClaimStepNotPossible(f"{there} It cannot become {to}.", field=("to",))
