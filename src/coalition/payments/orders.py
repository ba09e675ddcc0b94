"""Which payments a netting makes, and by which way each goes. Pure arithmetic.

One payment per partner and currency: what it pays in one currency and is paid in the same is one
sum. Direct debits are SEPA's: in euro, between two accounts of its countries, from a debtor with a
mandate (EPC rulebooks). Whoever pays by its own transfer is waited for; whoever has no account is
paid by hand.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from coalition.kit.amounts import Money
from coalition.partners.terms import LegalEntity
from coalition.payments.bank_days import EURO, bank_day, is_bank_day
from coalition.payments.mandates import MandateUnusable, Use, sequence_of
from coalition.payments.sepa import is_in_sepa
from coalition.settlement.payment_reference import end_to_end_id

# The largest amount of a SEPA payment, in cents. Source: EPC AT-T002.
LARGEST_SEPA = 999_999_999_99
_TRANSFER_DAYS = 1
_DEBIT_DAYS = 2
# A collection is handed in one bank day before it is due. Source: EPC016-06, section 4.3.4.
_EARLIEST_DEBIT = 1


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
class Conditions:
    """What payments depend on. `entities` by partner; `by_transfer`: partners that pay
    by their own transfer, whatever they owe; `used` by the mandate's id; `on`: the day of all
    payments, None: the next possible ones.
    """

    entities: Mapping[int, LegalEntity | None]
    operator: LegalEntity | None
    by_transfer: Container[int]
    used: Mapping[str, Use]
    today: date
    on: date | None = None


class CannotCollect(Exception):
    """What partners owe cannot be collected; `why` for each of them."""

    def __init__(self, why: Sequence[tuple["Due", str]]) -> None:
        super().__init__(why)
        self.why = why


class NoBankDay(Exception):
    """Payments cannot be made on the day that was asked for; `next_one` is the next possible."""

    def __init__(self, currency: str, next_one: date) -> None:
        super().__init__(currency, next_one)
        self.currency = currency
        self.next_one = next_one


@dataclass(frozen=True, slots=True)
class Order:
    """One payment. `reason`: why it is in no file. `is_sepa`: it goes by the rules of SEPA.
    `sequence`: of a direct debit.
    """

    partner_id: int
    number: str
    direction: Direction
    amount: Money
    method: Method
    due_on: date
    reason: str | None = None
    attempt: int = 1
    is_sepa: bool = False
    sequence: str | None = None

    @property
    def end_to_end_id(self) -> str:
        """The statement's number; of a further attempt with that behind it."""
        return end_to_end_id(self.number, self.attempt)


def orders(due: Iterable[Due], conditions: Conditions) -> list[Order]:
    """The payments, by currency and partner. Raises `CannotCollect`, `NoBankDay`."""
    together: dict[tuple[str, int], Due] = {}
    for one in due:
        key = one.settled.currency, one.partner_id
        known = together.get(key)
        together[key] = (
            one
            if known is None
            else replace(known, settled=Money(known.settled.minor + one.settled.minor, key[0]))
        )
    found, refused = [], []
    for _, one in sorted(together.items()):
        if not one.settled.minor:
            continue
        try:
            found.append(
                _paid_by(one, conditions) if one.settled.minor > 0 else _paid_to(one, conditions)
            )
        except MandateUnusable as error:
            refused.append((one, str(error)))
    if refused:
        raise CannotCollect(refused)
    return found


def _paid_by(due: Due, conditions: Conditions) -> Order:
    """Raises `MandateUnusable`, `NoBankDay`."""
    reason = _no_debit(due, conditions)
    if reason is not None:
        on = conditions.on or bank_day(conditions.today, due.settled.currency, _DEBIT_DAYS)
        return Order(
            due.partner_id, due.number, Direction.IN, due.settled, Method.INVOICE, on, reason
        )
    on = _day(conditions, due.settled.currency, _DEBIT_DAYS, _EARLIEST_DEBIT)
    return Order(
        due.partner_id, due.number, Direction.IN, due.settled, Method.DIRECT_DEBIT, on,
        is_sepa=True, sequence=_sequence(due, conditions, on),
    )  # fmt: skip


def _paid_to(due: Due, conditions: Conditions) -> Order:
    """Raises `NoBankDay`."""
    amount = Money(-due.settled.minor, due.settled.currency)
    entity = conditions.entities.get(due.partner_id)
    is_sepa = _is_sepa(amount.currency, entity, conditions.operator)
    reason = _no_transfer(amount, entity, is_sepa=is_sepa)
    if reason is None:
        on = _day(conditions, amount.currency, _TRANSFER_DAYS, 0)
        method = Method.CREDIT_TRANSFER
    else:
        on = conditions.on or bank_day(conditions.today, amount.currency, _TRANSFER_DAYS)
        method = Method.BY_HAND
    return Order(
        due.partner_id, due.number, Direction.OUT, amount, method, on, reason,
        is_sepa=is_sepa and reason is None,
    )  # fmt: skip


def _day(conditions: Conditions, currency: str, usual: int, earliest: int) -> date:
    """The day asked for, else so many bank days from today. Raises `NoBankDay`."""
    if conditions.on is None:
        return bank_day(conditions.today, currency, usual)
    first = bank_day(conditions.today, currency, earliest)
    if conditions.on < first or not is_bank_day(conditions.on, currency):
        raise NoBankDay(currency, max(first, bank_day(conditions.on, currency)))
    return conditions.on


def _no_debit(due: Due, conditions: Conditions) -> str | None:
    """Why a sum is waited for and not collected; None: it is collected."""
    if due.settled.currency != EURO:
        return f"direct debits are in {EURO} only"
    if due.partner_id in conditions.by_transfer:
        return "its contract says that it pays by transfer"
    return _too_large(due.settled)


def _sequence(due: Due, conditions: Conditions, on: date) -> str:
    """Raises `MandateUnusable`."""
    entity = conditions.entities.get(due.partner_id)
    if entity is None or entity.mandate is None:
        raise MandateUnusable("it has given no mandate")
    if conditions.operator is None or conditions.operator.creditor_id is None:
        raise MandateUnusable("the operator's legal entity has no creditor_id to collect with")
    if not _is_sepa(due.settled.currency, entity, conditions.operator):
        raise MandateUnusable(
            "its account or the operator's is outside SEPA, where nothing can be collected"
        )
    return sequence_of(entity.mandate, conditions.used.get(entity.mandate.id), conditions.today, on)


def _no_transfer(amount: Money, entity: LegalEntity | None, *, is_sepa: bool) -> str | None:
    """Why a sum is paid by hand and in no file; None: it is in one."""
    if entity is None or entity.iban is None:
        return "it has no account"
    if is_sepa:
        return _too_large(amount)
    if entity.bic is None:
        return "a payment outside SEPA needs the bic of its bank"
    return None


def _is_sepa(currency: str, entity: LegalEntity | None, operator: LegalEntity | None) -> bool:
    """In euro, and both accounts in SEPA; that of the operator is missed elsewhere."""
    accounts = [one.iban for one in (entity, operator) if one is not None and one.iban is not None]
    return currency == EURO and all(is_in_sepa(one) for one in accounts)


def _too_large(amount: Money) -> str | None:
    if amount.currency == EURO and amount.minor > LARGEST_SEPA:
        return f"more than {Money(LARGEST_SEPA, EURO)} cannot be paid at once"
    return None


def masked(account: str | None) -> str | None:
    """An account as people may see it who need not know it: its ends."""
    return None if account is None else f"{account[:4]}...{account[-4:]}"
