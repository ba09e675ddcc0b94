"""From the sums of a period to statements and positions. Pure arithmetic.

A line is one kind at one price: the points of all its entries are summed first and the amount
is rounded once, half-even. `issued` is what a partner owes for points it brought into the world,
`redeemed` what it is owed for points spent with it, `net` = issued - redeemed: positive, the
partner pays the pool. Per currency all nets and the pool sum to nothing, by construction of the
postings: each moves one amount between a partner and the pool.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from coalition.kit.amounts import Money, priced
from coalition.ledger.chart import Account, Kind, MoneyAccount
from coalition.partners.terms import Agreement, Partner


class LineKind(StrEnum):
    ISSUANCE = "ISSUANCE"
    ISSUANCE_REVERSAL = "ISSUANCE_REVERSAL"
    SHORTFALL = "SHORTFALL"
    REDEMPTION = "REDEMPTION"
    REDEMPTION_REVERSAL = "REDEMPTION_REVERSAL"


_PAID_TO_THE_PARTNER = {LineKind.REDEMPTION, LineKind.REDEMPTION_REVERSAL}
_TAKES_BACK = {LineKind.ISSUANCE_REVERSAL, LineKind.REDEMPTION_REVERSAL}
_ORDER = list(LineKind)


@dataclass(frozen=True, slots=True)
class Sum:
    """Entries of one kind, debit account and agreement of a partner in a period, summed."""

    kind: Kind
    debit: Account
    agreement: Agreement
    points: int
    entries: int
    recorded_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`points` and `amount` are signed: a line that takes back is negative."""

    kind: LineKind
    description: str
    points: int
    price: Decimal
    amount: Money
    entries: int


@dataclass(frozen=True, slots=True)
class Posting:
    """What a line posts in the money book; `line` counts from 1."""

    line: int
    debit: MoneyAccount
    credit: MoneyAccount
    amount: int


@dataclass(frozen=True, slots=True)
class StatementDraft:
    partner_id: int
    number: str
    currency: str
    lines: tuple[Line, ...]
    issued: Money
    redeemed: Money
    net: Money
    hash: str
    postings: tuple[Posting, ...]
    entries: int
    recorded_until: datetime | None


@dataclass(frozen=True, slots=True)
class CurrencyPosition:
    """One currency's side of a period. `nets` by partner; `pool` is what the pool is left with."""

    currency: str
    nets: dict[int, Money]
    pool: Money
    billed: Money

    @property
    def compression(self) -> Decimal:
        """1 - what is paid net / what is billed gross: the part of payments netting saves."""
        if self.billed.minor == 0:
            return Decimal(0)
        paid = sum(abs(net.minor) for net in self.nets.values())
        return 1 - Decimal(paid) / Decimal(self.billed.minor)


def draft_statement(period: str, partner: Partner, sums: Iterable[Sum]) -> StatementDraft:
    """A partner's statement for a period. The same sums always give the same hash."""
    sums = tuple(sums)
    grouped: dict[tuple[LineKind, Decimal, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in sums:
        for key in _lines_of(partner, one):
            grouped[key][0] += one.points
            grouped[key][1] += one.entries
    lines = tuple(
        _line(partner.currency, kind, price, note, points, entries)
        for (kind, price, note), (points, entries) in sorted(
            grouped.items(), key=lambda item: (_ORDER.index(item[0][0]), item[0][1], item[0][2])
        )
    )
    issued = sum(line.amount.minor for line in lines if line.kind not in _PAID_TO_THE_PARTNER)
    redeemed = sum(line.amount.minor for line in lines if line.kind in _PAID_TO_THE_PARTNER)
    number = f"{period}/{partner.code}"
    return StatementDraft(
        partner_id=partner.id,
        number=number,
        currency=partner.currency,
        lines=lines,
        issued=Money(issued, partner.currency),
        redeemed=Money(redeemed, partner.currency),
        net=Money(issued - redeemed, partner.currency),
        hash=_hash(period, partner, lines),
        postings=tuple(
            _posting(place, line) for place, line in enumerate(lines, start=1) if line.amount.minor
        ),
        entries=sum(one.entries for one in sums),
        recorded_until=max(
            (one.recorded_until for one in sums if one.recorded_until), default=None
        ),
    )


def positions(statements: Iterable[tuple[int, Money, Money]]) -> list[CurrencyPosition]:
    """Netting per currency, from (partner, issued, redeemed); currencies in their own order."""
    by_currency: dict[str, list[tuple[int, Money, Money]]] = defaultdict(list)
    for partner_id, issued, redeemed in statements:
        by_currency[issued.currency].append((partner_id, issued, redeemed))
    result = []
    for currency, rows in sorted(by_currency.items()):
        nets = {
            partner_id: Money(issued.minor - redeemed.minor, currency)
            for partner_id, issued, redeemed in rows
        }
        result.append(
            CurrencyPosition(
                currency=currency,
                nets=nets,
                pool=Money(-sum(net.minor for net in nets.values()), currency),
                billed=Money(sum(i.minor + r.minor for _, i, r in rows), currency),
            )
        )
    return result


def _lines_of(partner: Partner, one: Sum) -> list[tuple[LineKind, Decimal, str]]:
    issue, redeem = one.agreement.issue_price, one.agreement.redeem_price
    match one.kind:
        case Kind.AWARD:
            return [(LineKind.ISSUANCE, issue, "Points issued")]
        case Kind.REDEMPTION:
            return [(LineKind.REDEMPTION, redeem, "Points redeemed")]
        case Kind.REDEMPTION_REVERSAL:
            return [(LineKind.REDEMPTION_REVERSAL, redeem, "Points of refunded redemptions")]
        case Kind.AWARD_REVERSAL:
            back = (LineKind.ISSUANCE_REVERSAL, issue, "Points of returned purchases")
            return [back, *_shortfall(partner, one.debit, issue)]
        case _:
            raise ValueError(f"Entries of kind {one.kind} are not billed.")


def _shortfall(
    partner: Partner, debit: Account, issue: Decimal
) -> list[tuple[LineKind, Decimal, str]]:
    """Who bears the points of a return that the member had spent already."""
    spent = "Returned points already spent, borne by"
    match debit:
        case Account.SHORTFALL_ISSUER:
            return [(LineKind.SHORTFALL, issue, f"{spent} the issuer {partner.code}")]
        case Account.SHORTFALL_POOL:
            return [(LineKind.SHORTFALL, Decimal(0), f"{spent} the pool")]
        case Account.OWED:
            return [(LineKind.SHORTFALL, Decimal(0), f"{spent} the members as debt")]
        case _:
            return []


def _line(
    currency: str, kind: LineKind, price: Decimal, note: str, points: int, entries: int
) -> Line:
    signed = -points if kind in _TAKES_BACK else points
    return Line(kind, note, signed, price, priced(signed, price, currency), entries)


def _posting(place: int, line: Line) -> Posting:
    partner_side = (
        MoneyAccount.PAYABLE if line.kind in _PAID_TO_THE_PARTNER else MoneyAccount.RECEIVABLE
    )
    amount = line.amount.minor
    owed_by_partner = (amount > 0) != (line.kind in _PAID_TO_THE_PARTNER)
    debit, credit = (
        (partner_side, MoneyAccount.POOL) if owed_by_partner else (MoneyAccount.POOL, partner_side)
    )
    return Posting(place, debit, credit, abs(amount))


def _hash(period: str, partner: Partner, lines: tuple[Line, ...]) -> str:
    """SHA-256 over the statement's content in one fixed spelling (docs/settlement.md)."""
    content = {
        "period": period,
        "partner": partner.code,
        "currency": partner.currency,
        "lines": [
            [line.kind.value, line.description, line.points, f"{line.price:.8f}",
             line.amount.minor, line.entries]
            for line in lines
        ],
    }  # fmt: skip
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
