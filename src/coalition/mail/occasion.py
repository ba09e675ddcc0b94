"""What there is to tell a member, and the letter that tells it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from coalition.kit.amounts import Money
from coalition.mail.kinds import MailKind
from coalition.mail.words import Words

# What a letter says: its subject, paragraphs, rows, what its button says, and what is small.
Said = tuple[str, list[str], list[tuple[str, str]], str, list[str]]


@dataclass(frozen=True, slots=True)
class Month:
    """What a member's month came to, in points. `first` is its first day."""

    first: date
    earned: int
    spent: int
    ended: int
    returned: int
    had: int


@dataclass(frozen=True, slots=True)
class VoucherCopy:
    """A voucher as its member asked to have it in its mailbox. `until` None: good for ever."""

    title: str
    code: str = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What there is to tell. `link`: where it leads. `facts`: as they were written with it.
    `brand`, `points`, `at`: of a use of points; `available`: what may be spent by now; `ending`:
    how many points end on which day; `worth`: of so many points, to a member.
    """

    kind: MailKind
    programme: str
    link: str
    worth: Callable[[int], Money]
    given_name: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    brand: str = ""
    points: int = 0
    at: datetime | None = None
    available: int = 0
    ending: Sequence[tuple[date, int]] = ()
    month: Month | None = None
    voucher: VoucherCopy | None = None
    unsubscribe: str | None = None

    def valued(self, words: Words, points: int) -> str:
        """So many points, with what they are worth, unless that rounds to nothing."""
        worth = self.worth(points)
        return words.valued(points, worth) if worth.minor else words.points(points)

    def moment(self, fact: str) -> datetime:
        """A fact that is a moment: it was written down as ISO 8601 has it."""
        return datetime.fromisoformat(str(self.facts[fact]))


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    greeting: str
    paragraphs: Sequence[str]
    rows: Sequence[tuple[str, str]] = ()
    action: tuple[str, str] | None = None
    small: Sequence[str] = ()
    unsubscribe: tuple[str, str] | None = None
