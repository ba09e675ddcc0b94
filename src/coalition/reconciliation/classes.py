"""The thirteen classes of a row, what each is worth, and what is to be done by default. Pure.

Points count with their sign: what a return or a refund takes back is below zero, and so the sum of
a side is what the statement bills. A row that its partner calls RETURNED counts nothing there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from coalition.earning.rules import points_for
from coalition.kit.amounts import priced
from coalition.partners.terms import Agreement, Partner, ReconciliationTerms


class RowClass(StrEnum):
    MATCHED = "MATCHED"
    MATCHED_TOLERANCE = "MATCHED_TOLERANCE"
    POINTS_MISMATCH = "POINTS_MISMATCH"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    STATUS_MISMATCH = "STATUS_MISMATCH"
    MISSING_AT_PARTNER = "MISSING_AT_PARTNER"
    MISSING_IN_LEDGER = "MISSING_IN_LEDGER"
    DUPLICATE_IN_FILE = "DUPLICATE_IN_FILE"
    DUPLICATE_IN_LEDGER = "DUPLICATE_IN_LEDGER"
    TIMING = "TIMING"
    UNKNOWN_MEMBER = "UNKNOWN_MEMBER"
    UNKNOWN_STORE = "UNKNOWN_STORE"


class Action(StrEnum):
    """What is to be done with an item."""

    NONE = "NONE"
    ACCEPT = "ACCEPT"  # the ledger stands
    POST = "POST"  # add to the ledger what is missing there
    ASK = "ASK"  # the partner looks for it; at its term BILL or REVERSE
    BILL = "BILL"  # the ledger stands, and so does the bill
    REVERSE = "REVERSE"  # take back in the ledger what the partner does not have
    DISPUTE = "DISPUTE"


AWARD, RETURN, REDEMPTION, REFUND = 1, 2, 6, 7
_TAKES_BACK = frozenset({RETURN, REFUND})
# A file may claim any number of points; two million such claims still sum within 64 bits.
MOST_AT_STAKE = 4 * 10**12
SETTLED = frozenset({RowClass.MATCHED, RowClass.MATCHED_TOLERANCE})
_DEFAULTS = {
    RowClass.MATCHED: Action.NONE,
    RowClass.MATCHED_TOLERANCE: Action.ACCEPT,
    RowClass.MISSING_AT_PARTNER: Action.ASK,
    RowClass.DUPLICATE_IN_FILE: Action.ACCEPT,
    RowClass.DUPLICATE_IN_LEDGER: Action.REVERSE,
    RowClass.TIMING: Action.ACCEPT,
}
_ITS_DIFFERENCE = frozenset(
    {
        RowClass.MATCHED, RowClass.MATCHED_TOLERANCE, RowClass.POINTS_MISMATCH,
        RowClass.STATUS_MISMATCH,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One row of one book: of the file (`line`) or of the ledger (`seq`), not both.

    `amount` in minor units of `currency`. `in_period`: whether it happened in the period.
    """

    id: int
    line: int | None
    kind: int
    reference: str
    receipt_key: str | None
    store: str | None
    occurred_at: datetime
    in_period: bool
    member_id: int | None
    who: int
    seq: int | None
    agreement_id: int | None
    points: int
    amount: int | None
    currency: str
    status: str
    member_unknown: bool
    store_unknown: bool

    @property
    def effect(self) -> int:
        """Its points with their sign."""
        if self.status == "RETURNED":
            return 0
        return -self.points if self.kind in _TAKES_BACK else self.points


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of both books that belong together, or stand alone; and how that was found."""

    row_class: RowClass
    found_by: str
    told: tuple[Side, ...] = ()
    posted: tuple[Side, ...] = ()

    @property
    def first(self) -> Side:
        return (self.told or self.posted)[0]

    @property
    def file_points(self) -> int:
        return sum(one.effect for one in self.told)

    @property
    def ledger_points(self) -> int:
        return sum(one.effect for one in self.posted)

    @property
    def delta(self) -> int:
        return self.ledger_points - self.file_points


def class_of(
    told: Sequence[Side], posted: Sequence[Side], tolerance: ReconciliationTerms, decimals: int
) -> RowClass:
    """The class of rows that were found to belong together, by the first thing that differs.

    `decimals`: of the currency, in which the tolerance of amounts is said.
    """
    points = abs(sum(one.effect for one in posted) - sum(one.effect for one in told))
    amount = amount_apart(told, posted)
    ledger = posted[0]
    laws = (
        (RowClass.CURRENCY_MISMATCH, any(one.currency != ledger.currency for one in told)),
        (
            RowClass.UNKNOWN_MEMBER,
            any(one.member_unknown or _is_another(one, ledger) for one in told),
        ),
        (
            RowClass.UNKNOWN_STORE,
            any(one.store_unknown or _is_elsewhere(one, ledger) for one in told),
        ),
        (
            RowClass.STATUS_MISMATCH,
            points > 0 and any(one.status == "RETURNED" for one in told),
        ),
        (RowClass.TIMING, any(one.in_period != ledger.in_period for one in told)),
        (RowClass.POINTS_MISMATCH, points > tolerance.points_tolerance),
        (RowClass.AMOUNT_MISMATCH, amount > _minor(tolerance.amount_tolerance, decimals)),
        (RowClass.MATCHED_TOLERANCE, points > 0 or amount > 0),
    )
    return next((row_class for row_class, differs in laws if differs), RowClass.MATCHED)


def class_alone(one: Side) -> RowClass:
    """The class of a row whose counterpart is nowhere."""
    if one.seq is not None:
        return RowClass.MISSING_AT_PARTNER
    if one.effect == 0:
        # Not there, and undone or without points here: both books say nothing.
        return RowClass.MATCHED
    if one.member_unknown:
        return RowClass.UNKNOWN_MEMBER
    return RowClass.UNKNOWN_STORE if one.store_unknown else RowClass.MISSING_IN_LEDGER


def amount_apart(told: Sequence[Side], posted: Sequence[Side]) -> int:
    """By how many minor units the amounts differ; nothing where a book has none."""
    both = (*told, *posted)
    if any(one.amount is None or one.status == "RETURNED" for one in both):
        return 0
    return abs(_amount(posted) - _amount(told))


def agreement_of(found: Found, partner: Partner, known: Sequence[Agreement]) -> Agreement | None:
    """At whose prices a difference counts: the ledger's own agreement, else the one of then."""
    for one in found.posted:
        for agreement in known:
            if agreement.id == one.agreement_id:
                return agreement
    then = partner.agreement_on(found.first.occurred_at)
    return then or (partner.agreements[0] if partner.agreements else None)


def at_stake(found: Found, agreement: Agreement | None, currency: str) -> int:
    """The money that hangs on an item, in minor units: points at the agreement's price."""
    if agreement is None:
        return 0
    if found.row_class in _ITS_DIFFERENCE or (
        found.row_class is RowClass.UNKNOWN_STORE and found.posted
    ):
        points = abs(found.delta)
    elif found.row_class is RowClass.AMOUNT_MISMATCH:
        apart = amount_apart(found.told, found.posted)
        points = max(points_for(agreement, apart, currency), abs(found.delta))
    else:
        points = max(abs(found.ledger_points), abs(found.file_points))
    issues = found.first.kind in {AWARD, RETURN}
    price = agreement.issue_price if issues else agreement.redeem_price
    return min(priced(points, price, currency).minor, MOST_AT_STAKE)


def action_of(found: Found, terms: ReconciliationTerms, *, now: datetime) -> Action:
    """What is to be done by default."""
    if found.row_class is RowClass.MISSING_IN_LEDGER:
        is_late = now - found.first.occurred_at > timedelta(days=terms.late_earn_days)
        may_post = found.first.kind in {AWARD, RETURN} and not is_late
        return Action.POST if may_post else Action.DISPUTE
    return _DEFAULTS.get(found.row_class, Action.DISPUTE)


def _is_another(told: Side, posted: Side) -> bool:
    return told.member_id is not None and told.member_id != posted.member_id


def _is_elsewhere(told: Side, posted: Side) -> bool:
    return None not in (told.store, posted.store) and told.store != posted.store


def _amount(rows: Sequence[Side]) -> int:
    return sum(-(one.amount or 0) if one.kind in _TAKES_BACK else (one.amount or 0) for one in rows)


def _minor(amount: Decimal, decimals: int) -> int:
    return int(amount.scaleb(decimals))
