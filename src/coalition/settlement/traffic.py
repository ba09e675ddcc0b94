"""What a statement is made of: a period's entries, summed, and what comes beside them. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from coalition.kit.amounts import Money
from coalition.ledger.chart import Account, Kind
from coalition.partners.terms import Agreement
from coalition.settlement.vat import Side


@dataclass(frozen=True, slots=True)
class PeriodRef:
    """A period that a line names: `label` is what people and the hash read."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class BrandRef:
    """A brand that a line names, and the currency that it is paid in."""

    id: int
    code: str
    currency: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Entries of one kind, debit account and agreement of a partner in a period, summed.

    `original` is the closed period that they take back from; None: they take back nothing, or
    from the same period. `promotion`: the joint promotion that gave them. `cost`: what rewards
    with a cost of their own come to, in minor units of the partner's currency.
    """

    kind: Kind
    debit: Account
    agreement: Agreement
    points: int
    entries: int
    original: PeriodRef | None = None
    promotion: str | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class OwnUse:
    """Points of an issuer's lots, given under `agreement`, that were spent at `redeemer` under
    `spent_under` (or given back there, when `refunded`). `cost`: the part that these points have in
    the cost of rewards with one of their own, in minor units of the redeemer's currency.
    """

    agreement: Agreement
    redeemer: BrandRef
    spent_under: Agreement
    refunded: bool
    points: int
    entries: int
    original: PeriodRef | None = None
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A correction in the partner's favour when `amount` is above zero (adjustment)."""

    id: int
    side: Side
    agreement: Agreement
    points: int
    price: Decimal | None
    amount: Money
    borne_by_operator: bool
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """Points of a period that came out of packs, returns taken off, by the agreement that they
    were given under.
    """

    agreement: Agreement
    points: int


@dataclass(frozen=True, slots=True)
class PackBilled:
    """A pack that is billed in a period, for `amount` minor units of the partner's currency, and
    taxed by the agreement in force when it was bought.
    """

    code: str
    bought_on: date
    points: int
    amount: int
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Traffic:
    """All that a partner is billed and paid for in a period. Not `packs_are_billed`: it was
    calculated when packs were on no statement.
    """

    sums: tuple[Sum, ...] = ()
    own_uses: tuple[OwnUse, ...] = ()
    adjusted: tuple[Adjusted, ...] = ()
    paid_before: tuple[PaidBefore, ...] = ()
    packs: tuple[PackBilled, ...] = ()
    packs_are_billed: bool = True
