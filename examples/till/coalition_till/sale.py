"""A sale from its basket to its receipt, and perhaps back; the sales that the till remembers."""

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from coalition_till.goods import Line
from coalition_till.words import Trouble

MOST_REMEMBERED = 500
_NOTHING = Decimal(0)


class State(StrEnum):
    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Held:
    """Points that are set aside for this sale, and what they pay of it."""

    hold_id: str
    points: int
    worth: Decimal


@dataclass(frozen=True, slots=True)
class Unsure:
    """A request that was not answered: what it did is not known. It is sent again as it was, with
    the same key, so that it counts once.
    """

    step: str
    text: str
    amount: Decimal | None = None


@dataclass
class Sale:
    """`number` stands on the receipt, and all idempotency keys are made of it.

    `spent`: points that were taken for `discount`; `redemption_id` names them at the coalition.
    `earned`: points that the card got, less what was taken back. `returned`: money given back.
    """

    number: str
    lines: tuple[Line, ...]
    at: datetime
    state: State = State.OPEN
    held: Held | None = None
    redemption_id: str | None = None
    spent: int = 0
    discount: Decimal = _NOTHING
    card: str = ""
    earned: int = 0
    is_awarded: bool = False
    returned: Decimal = _NOTHING
    is_returned: bool = False
    said: str = ""
    unsure: Unsure | None = None
    attempts: dict[str, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), _NOTHING)

    @property
    def to_pay(self) -> Decimal:
        """What is left to be paid in money."""
        return self.total - (self.held.worth if self.held else self.discount)

    @property
    def kept(self) -> Decimal:
        """What was paid in money and has not been given back."""
        return self.total - self.discount - self.returned

    @property
    def may_earn(self) -> bool:
        """Whether a card that was forgotten may still be shown."""
        is_whole = not self.returned and not self.is_returned
        return self.state is State.PAID and not self.card and is_whole and self.unsure is None

    def must_be_sure(self) -> None:
        """Raises `Trouble` while a request of it was not answered."""
        if self.unsure is not None:
            raise Trouble("Something is not answered yet. Ask again first.")

    def key(self, step: str) -> str:
        """The same for as long as the outcome of the step is not known."""
        return f"{self.number}-{step}-{self.attempts.get(step, 1)}"

    def done_with(self, step: str) -> None:
        """Its outcome is known: what is asked next is another request."""
        self.attempts[step] = self.attempts.get(step, 1) + 1
        self.unsure = None


class Sales:
    """In memory, the latest ones: a real till writes them down before it asks anybody."""

    def __init__(self) -> None:
        self._sales: OrderedDict[str, Sale] = OrderedDict()

    def open(self, lines: tuple[Line, ...]) -> Sale:
        now = datetime.now(UTC)
        # A purchase's number is its brand's for ever, whichever till it was at.
        sale = Sale(f"{now:%y%m%d}-{secrets.token_hex(4).upper()}", lines, now)
        self._sales[sale.number] = sale
        while len(self._sales) > MOST_REMEMBERED:
            self._sales.popitem(last=False)
        return sale

    def find(self, number: str) -> Sale | None:
        return self._sales.get(number)

    def latest(self, count: int) -> list[Sale]:
        return list(reversed(self._sales.values()))[:count]
