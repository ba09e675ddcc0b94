"""From a partner's traffic to the lines of its statements. Pure arithmetic.

A line is one kind under one agreement (and promotion, original period, redeemer): the points of
all its entries are summed first and the amount is rounded once, half-even. A share is the part of
the price that is due: of an issue price what is paid at issuance, of a redeem price the rest.
Rewards that have a cost of their own stand on lines without a price: their costs are summed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from coalition.kit.amounts import Money, priced, shared
from coalition.ledger.chart import Account, Kind
from coalition.partners.terms import Agreement, Partner
from coalition.settlement.traffic import (
    Adjusted,
    BrandRef,
    OwnUse,
    PaidBefore,
    PeriodRef,
    Sum,
    Traffic,
)

_ONE = Decimal(1)
_NOTHING = Decimal(0)


class LineKind(StrEnum):
    """In the order of a statement."""

    ISSUANCE = "ISSUANCE"
    PROMOTION_ISSUANCE = "PROMOTION_ISSUANCE"
    ISSUANCE_REVERSAL = "ISSUANCE_REVERSAL"
    SHORTFALL = "SHORTFALL"
    OWN_POINTS_REDEEMED = "OWN_POINTS_REDEEMED"
    OWN_POINTS_REFUNDED = "OWN_POINTS_REFUNDED"
    FEE = "FEE"
    REDEMPTION = "REDEMPTION"
    REDEMPTION_REVERSAL = "REDEMPTION_REVERSAL"
    BREAKAGE_SHARE = "BREAKAGE_SHARE"
    ADJUSTMENT = "ADJUSTMENT"
    PREPAID = "PREPAID"
    PACK = "PACK"
    PACK_USED = "PACK_USED"


_ORDER = list(LineKind)
_SUM_OF = {
    LineKind.FEE: "fees",
    LineKind.REDEMPTION: "redeemed",
    LineKind.REDEMPTION_REVERSAL: "redeemed",
    LineKind.BREAKAGE_SHARE: "breakage",
    LineKind.ADJUSTMENT: "adjusted",
    LineKind.PREPAID: "prepaid",
}


@dataclass(frozen=True, slots=True)
class Line:
    """`points` and `amount` are signed: a line that takes back is negative."""

    kind: LineKind
    description: str
    points: int
    price: Decimal | None
    share: Decimal
    amount: Money
    entries: int
    agreement: Agreement
    original: PeriodRef | None = None
    promotion: str | None = None
    redeemer: BrandRef | None = None
    adjusted: Adjusted | None = None
    entry_kind: Kind | None = None
    entry_debit: Account | None = None

    @property
    def sum_of(self) -> str:
        """Which of the statement's sums the line counts towards."""
        return _SUM_OF.get(self.kind, "issued")


def lines_by_currency(partner: Partner, traffic: Traffic) -> dict[str, list[Line]]:
    """A partner's lines in their order: in its own currency, also when there are none, and in each
    other in which it owes for points of its own that were spent, or is adjusted.
    """
    found: dict[str, dict[_Key, list[int]]] = {partner.currency: {}}
    for key, currency, points, entries, cost in _drawn(partner, traffic):
        figures = found.setdefault(currency, {}).setdefault(key, [0, 0, 0])
        figures[0] += points
        figures[1] += entries
        figures[2] += cost
    return {
        currency: sorted(
            (_line(key, currency, *figures) for key, figures in keys.items()), key=_place
        )
        for currency, keys in found.items()
    }


@dataclass(frozen=True, slots=True)
class _Key:
    """What lines are told apart by."""

    kind: LineKind
    description: str
    price: Decimal | None
    agreement: Agreement
    share: Decimal = _ONE
    original: PeriodRef | None = None
    promotion: str | None = None
    redeemer: BrandRef | None = None
    adjusted: Adjusted | None = None
    entry_kind: Kind | None = None
    entry_debit: Account | None = None


_Drawn = tuple[_Key, str, int, int, int]


def _drawn(partner: Partner, traffic: Traffic) -> Iterable[_Drawn]:
    """(key, currency, signed points, entries, signed cost) of everything that becomes a line."""
    for one in traffic.sums:
        for key, points in _of_entries(partner, one):
            cost = one.cost or 0
            yield key, partner.currency, points, one.entries, cost if points > 0 else -cost
    for use in traffic.own_uses:
        share = _ONE - use.agreement.paid_at_issuance
        if share:
            sign, cost = -1 if use.refunded else 1, use.cost or 0
            yield (
                _of_own(use, share), use.redeemer.currency, sign * use.points, use.entries,
                sign * cost,
            )  # fmt: skip
    for pack in traffic.packs:
        note = f"Pack {pack.code}, bought on {pack.bought_on.isoformat()}"
        key = _Key(LineKind.PACK, note, None, pack.agreement)
        yield key, partner.currency, pack.points, 0, pack.amount
    for used in traffic.paid_before:
        yield *_of_packs(used, partner.currency, is_billed=traffic.packs_are_billed), 0, 0
    for adjusted in traffic.adjusted:
        yield _of_adjustment(adjusted), adjusted.amount.currency, adjusted.points, 0, 0


def _of_entries(partner: Partner, one: Sum) -> Iterable[tuple[_Key, int]]:
    terms = one.agreement
    base = _Key(
        LineKind.ISSUANCE, "Points issued", terms.issue_price, terms, terms.paid_at_issuance,
        original=one.original, promotion=one.promotion, entry_kind=one.kind,
    )  # fmt: skip
    match one.kind:
        case Kind.AWARD:
            yield from _issued(base, one)
        case Kind.AWARD_REVERSAL:
            yield from _taken_back(partner, base, one)
        case Kind.REDEMPTION | Kind.REDEMPTION_REVERSAL:
            yield _redeemed(base, one)
        case Kind.EXPIRY:
            # Only what was paid can be given back.
            share = terms.breakage_share * terms.paid_at_issuance
            if share:
                note = "Share of points that ended unspent"
                yield (
                    replace(base, kind=LineKind.BREAKAGE_SHARE, description=note, share=share),
                    one.points,
                )
        case _:
            raise ValueError(f"Entries of kind {one.kind} are not billed.")


def _issued(base: _Key, one: Sum) -> Iterable[tuple[_Key, int]]:
    if one.promotion is not None:
        note = f"Points issued, promotion {one.promotion}"
        base = replace(base, kind=LineKind.PROMOTION_ISSUANCE, description=note)
    yield from _with_fee(base, one.points)


def _taken_back(partner: Partner, base: _Key, one: Sum) -> Iterable[tuple[_Key, int]]:
    note = "Points of returned purchases"
    yield from _with_fee(
        replace(base, kind=LineKind.ISSUANCE_REVERSAL, description=note), -one.points
    )
    borne_by = {
        Account.SHORTFALL_ISSUER: f"the issuer {partner.code}",
        Account.SHORTFALL_POOL: "the pool",
        Account.OWED: "the members as debt",
    }.get(one.debit)
    if borne_by is None:
        return
    note = f"Returned points already spent, borne by {borne_by}"
    spent = replace(base, kind=LineKind.SHORTFALL, description=note, entry_debit=one.debit)
    if one.debit is Account.SHORTFALL_ISSUER:
        # What the reversal gave back is billed again.
        yield from _with_fee(spent, one.points)
    else:
        yield replace(spent, price=_NOTHING, share=_ONE), one.points


def _redeemed(base: _Key, one: Sum) -> tuple[_Key, int]:
    kind, note, points = LineKind.REDEMPTION, "Points redeemed", one.points
    if one.kind is Kind.REDEMPTION_REVERSAL:
        kind, note, points = (
            LineKind.REDEMPTION_REVERSAL, "Points of refunded redemptions", -one.points,
        )  # fmt: skip
    price: Decimal | None = one.agreement.redeem_price
    if one.cost is not None:
        price, note = None, f"{note}, rewards at their own cost"
    return replace(base, kind=kind, description=note, price=price, share=_ONE), points


def _with_fee(key: _Key, points: int) -> Iterable[tuple[_Key, int]]:
    """What is billed at the issue price has the fee beside it."""
    yield key, points
    fee = key.agreement.fee_per_point
    if fee:
        note = f"Fee: {key.description[0].lower()}{key.description[1:]}"
        yield replace(key, kind=LineKind.FEE, description=note, price=fee, share=_ONE), points


def _of_own(use: OwnUse, share: Decimal) -> _Key:
    kind, what = LineKind.OWN_POINTS_REDEEMED, "spent at"
    if use.refunded:
        kind, what = LineKind.OWN_POINTS_REFUNDED, "given back by"
    price: Decimal | None = use.spent_under.redeem_price
    note = f"Own points {what} {use.redeemer.code}"
    if use.cost is not None:
        price, note = None, f"{note}, rewards at their own cost"
    return _Key(
        kind, note, price, use.agreement, share, original=use.original, redeemer=use.redeemer
    )


def _of_packs(used: PaidBefore, currency: str, *, is_billed: bool) -> tuple[_Key, str, int]:
    """What takes back that the points were billed: their packs were."""
    agreement, kind, points = used.agreement, LineKind.PACK_USED, -used.points
    note = "Points out of packs"
    if not is_billed:
        kind, note, points = LineKind.PREPAID, "Points paid before", used.points
    key = _Key(kind, note, agreement.issue_price, agreement, agreement.paid_at_issuance)
    return key, currency, points


def _of_adjustment(adjusted: Adjusted) -> _Key:
    return _Key(
        LineKind.ADJUSTMENT, f"{adjusted.reason} ({adjusted.source})", adjusted.price,
        adjusted.agreement, adjusted=adjusted,
    )  # fmt: skip


def _line(key: _Key, currency: str, points: int, entries: int, cost: int) -> Line:
    if key.adjusted is not None:
        amount = key.adjusted.amount
    elif key.price is None:
        amount = shared(Money(cost, currency), key.share)
    else:
        amount = priced(points, key.price, currency, key.share)
    return Line(
        key.kind, key.description, points, key.price, key.share, amount, entries, key.agreement,
        key.original, key.promotion, key.redeemer, key.adjusted, key.entry_kind, key.entry_debit,
    )  # fmt: skip


def _place(line: Line) -> tuple[object, ...]:
    """Where a line stands: by kind, period, price, words, and what else tells it apart."""
    return (
        _ORDER.index(line.kind),
        line.original.label if line.original else "",
        line.price or _NOTHING,
        line.share,
        line.description,
        line.agreement.valid_from,
        line.agreement.id,
        line.adjusted.id if line.adjusted else 0,
    )
