"""VAT on a statement: per side and rate on the document's total, rounded once. Pure.

Who is billed (issuance: the partner by the coalition) and who bills itself (redemption: the
coalition in the partner's name) is taxed by the agreement that each line carries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coalition.kit.amounts import Money, priced
from coalition.partners.terms import Agreement, VatMode

METHOD = "per rate on the document's total, half-even"


class Side(StrEnum):
    ISSUANCE = "ISSUANCE"
    REDEMPTION = "REDEMPTION"


@dataclass(frozen=True, slots=True)
class Tax:
    """`base` and `vat` in minor units of the statement's currency; `rate` as 0.21."""

    side: Side
    mode: VatMode
    rate: Decimal
    base: int
    vat: int


def rate_of(agreement: Agreement, side: Side) -> Decimal:
    """The rate at which a side of an agreement is taxed."""
    issuance = agreement.vat_rate or Decimal(0)
    redemption = agreement.vat_rate_redemption
    match agreement.vat_mode:
        case VatMode.REVERSE_CHARGE | VatMode.EXEMPT:
            return Decimal(0)
        case VatMode.THIRD_PARTY_CONSIDERATION:
            # What a redeemer is paid is the price of its own sale to the member: taxed there.
            return issuance if side is Side.ISSUANCE else Decimal(0)
        case VatMode.STANDARD:
            return issuance if side is Side.ISSUANCE or redemption is None else redemption
        case VatMode.MIXED:
            return issuance if side is Side.ISSUANCE else redemption or Decimal(0)


def taxes_on(bases: Iterable[tuple[Side, Agreement, int]], currency: str) -> tuple[Tax, ...]:
    """The taxes of a document from (side, agreement, minor units) of its lines, issuance first."""
    sums: dict[tuple[Side, VatMode, Decimal], int] = {}
    for side, agreement, minor in bases:
        key = (side, agreement.vat_mode, rate_of(agreement, side))
        sums[key] = sums.get(key, 0) + minor
    return tuple(
        Tax(side, mode, rate, base, tax_on(base, rate, currency))
        for (side, mode, rate), base in sorted(sums.items())
    )


def tax_on(base: int, rate: Decimal, currency: str) -> int:
    """Minor units of VAT on `base` minor units, rounded once, half-even."""
    unit = Money(1, currency).amount
    return priced(base, unit, currency, rate).minor
