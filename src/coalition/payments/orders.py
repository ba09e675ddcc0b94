"""Which payments a netting makes, and by which way each goes. Pure arithmetic.

One payment per partner and currency: what it pays in one currency and is paid in the same is one
sum. Direct debits are SEPA's: in euro, from a debtor with a mandate (EPC rulebooks). Whoever
cannot be debited is sent its statement and pays; whoever has no account is paid by hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from coalition.kit.amounts import Money
from coalition.partners.terms import LegalEntity
from coalition.settlement.payment_reference import end_to_end_id

SEPA_CURRENCY = "EUR"
# The largest amount of a SEPA payment, in cents. Source: EPC AT-T002.
LARGEST_SEPA = 999_999_999_99
_SATURDAY = 5


class Direction(StrEnum):
    IN = "IN"  # the partner pays
    OUT = "OUT"


class Method(StrEnum):
    CREDIT_TRANSFER = "CREDIT_TRANSFER"
    DIRECT_DEBIT = "DIRECT_DEBIT"
    INVOICE = "INVOICE"  # it pays by itself
    BY_HAND = "BY_HAND"

    @property
    def is_written(self) -> bool:
        """Whether it goes into a file."""
        return self in (Method.CREDIT_TRANSFER, Method.DIRECT_DEBIT)


@dataclass(frozen=True, slots=True)
class Due:
    """What a position leaves to be paid: above zero by the partner. `number`: its statement."""

    partner_id: int
    settled: Money
    number: str


@dataclass(frozen=True, slots=True)
class Order:
    """One payment. `reason`: why it is in no file."""

    partner_id: int
    number: str
    direction: Direction
    amount: Money
    method: Method
    due_on: date
    reason: str | None = None
    attempt: int = 1

    @property
    def end_to_end_id(self) -> str:
        """The statement's number; of a further attempt with that behind it."""
        return end_to_end_id(self.number, self.attempt)


def orders(
    due: Iterable[Due],
    entities: Mapping[int, LegalEntity | None],
    operator: LegalEntity | None,
    *,
    transfer_on: date,
    debit_on: date,
) -> list[Order]:
    """The payments, by currency and partner. `entities` by partner."""
    together: dict[tuple[str, int], Due] = {}
    for one in due:
        key = one.settled.currency, one.partner_id
        known = together.get(key)
        together[key] = (
            one
            if known is None
            else replace(known, settled=Money(known.settled.minor + one.settled.minor, key[0]))
        )
    return [
        _order(one, entities.get(one.partner_id), operator, transfer_on, debit_on)
        for _, one in sorted(together.items())
        if one.settled.minor
    ]


def _order(
    due: Due,
    entity: LegalEntity | None,
    operator: LegalEntity | None,
    transfer_on: date,
    debit_on: date,
) -> Order:
    amount = Money(abs(due.settled.minor), due.settled.currency)
    if due.settled.minor > 0:
        reason = _no_debit(amount, entity, operator)
        method = Method.DIRECT_DEBIT if reason is None else Method.INVOICE
        on, direction = debit_on, Direction.IN
    else:
        reason = _no_transfer(amount, entity)
        method = Method.CREDIT_TRANSFER if reason is None else Method.BY_HAND
        on, direction = transfer_on, Direction.OUT
    return Order(due.partner_id, due.number, direction, amount, method, on, reason)


def _no_debit(
    amount: Money, entity: LegalEntity | None, operator: LegalEntity | None
) -> str | None:
    """Why a sum cannot be collected; None: it can."""
    if amount.currency != SEPA_CURRENCY:
        return f"direct debits are in {SEPA_CURRENCY} only"
    if entity is None or entity.mandate is None or entity.iban is None:
        return "it has given no mandate"
    if operator is None or operator.creditor_id is None:
        return "the operator has no creditor identifier"
    return _too_large(amount)


def _no_transfer(amount: Money, entity: LegalEntity | None) -> str | None:
    if entity is None or entity.iban is None:
        return "it has no account"
    if amount.currency != SEPA_CURRENCY and entity.bic is None:
        return "a payment outside SEPA needs the bic of its bank"
    return _too_large(amount)


def _too_large(amount: Money) -> str | None:
    if amount.currency == SEPA_CURRENCY and amount.minor > LARGEST_SEPA:
        return f"more than {Money(LARGEST_SEPA, SEPA_CURRENCY)} cannot be paid at once"
    return None


def working_day(day: date, after: int) -> date:
    """The day so many working days behind `day`; Saturdays and Sundays are none."""
    while after:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            after -= 1
    return day


def masked(account: str | None) -> str | None:
    """An account as people may see it who need not know it: its ends."""
    return None if account is None else f"{account[:4]}...{account[-4:]}"
