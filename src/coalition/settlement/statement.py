"""A statement from its lines: sums, taxes, what it posts in the money book, its hash. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from coalition.kit.amounts import Money
from coalition.ledger.chart import MoneyAccount
from coalition.partners.terms import Agreement, Partner
from coalition.settlement.lines import Line, LineKind, lines_by_currency
from coalition.settlement.traffic import Traffic
from coalition.settlement.vat import Side, Tax, taxes_on

_OWED_BY_THE_PARTNER = {"issued", "fees"}
_SUMS = ("issued", "fees", "redeemed", "breakage", "adjusted", "prepaid")


@dataclass(frozen=True, slots=True)
class Posting:
    """What a line posts in the money book; `line` counts from 1; None: the statement's VAT."""

    line: int | None
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
    fees: Money
    redeemed: Money
    breakage: Money
    adjusted: Money
    prepaid: Money
    net: Money
    taxes: tuple[Tax, ...]
    vat_issued: Money
    vat_redeemed: Money
    hash: str
    postings: tuple[Posting, ...]
    entries: int

    @property
    def payable(self) -> Money:
        """What is to be paid in all, VAT included; above zero: by the partner."""
        minor = self.net.minor + self.vat_issued.minor - self.vat_redeemed.minor
        return Money(minor, self.currency)

    @property
    def taxes_as_text(self) -> list[dict[str, str]]:
        """As a statement keeps them: side, mode, rate, base and VAT in words and decimals."""
        return [
            {
                "side": tax.side,
                "mode": tax.mode,
                "rate": f"{tax.rate.normalize():f}",
                "base": str(Money(tax.base, self.currency).amount),
                "vat": str(Money(tax.vat, self.currency).amount),
            }
            for tax in self.taxes
        ]


def draft_statements_of(period: str, partner: Partner, traffic: Traffic) -> list[StatementDraft]:
    """A partner's statements for a period, one per currency, its own first. The same traffic
    always gives the same hashes.
    """
    return [
        _statement(period, partner, currency, traffic, lines)
        for currency, lines in lines_by_currency(partner, traffic).items()
    ]


def empty_statement(period: str, partner: Partner, currency: str) -> StatementDraft:
    """A statement of nothing."""
    return _statement(period, partner, currency, Traffic(), [])


def _statement(
    period: str, partner: Partner, currency: str, traffic: Traffic, lines: list[Line]
) -> StatementDraft:
    sums = {
        name: Money(sum(one.amount.minor for one in lines if one.sum_of == name), currency)
        for name in _SUMS
    }
    net = sum(
        money.minor if name in _OWED_BY_THE_PARTNER else -money.minor
        for name, money in sums.items()
    )
    taxes = taxes_on((one for line in lines for one in _base_of(line)), currency)
    vat = {
        side: Money(sum(one.vat for one in taxes if one.side is side), currency) for side in Side
    }
    own = currency == partner.currency
    return StatementDraft(
        partner_id=partner.id,
        number=f"{period}/{partner.code}" + ("" if own else f"/{currency}"),
        currency=currency,
        lines=tuple(lines),
        **sums,
        net=Money(net, currency),
        taxes=taxes,
        vat_issued=vat[Side.ISSUANCE],
        vat_redeemed=vat[Side.REDEMPTION],
        hash=_hash(period, partner, currency, lines, taxes),
        postings=tuple(_postings(lines, vat)),
        entries=sum(one.entries for one in traffic.sums) if own else 0,
    )


def _base_of(line: Line) -> Iterable[tuple[Side, Agreement, int]]:
    """What of a line is taxed, and on which document: what is given back lowers that document.

    A pack is taxed when it is bought, and its points not again. Before packs were billed
    (`PREPAID`) their points were taxed, and what was paid ahead was not.
    """
    minor = line.amount.minor
    match line.kind:
        case LineKind.PREPAID:
            return
        case LineKind.REDEMPTION | LineKind.REDEMPTION_REVERSAL:
            yield Side.REDEMPTION, line.agreement, minor
        case LineKind.BREAKAGE_SHARE:
            yield Side.ISSUANCE, line.agreement, -minor
        case LineKind.ADJUSTMENT if line.adjusted is not None:
            side = line.adjusted.side
            yield side, line.agreement, -minor if side is Side.ISSUANCE else minor
        case _:
            yield Side.ISSUANCE, line.agreement, minor


def _postings(lines: Iterable[Line], vat: dict[Side, Money]) -> Iterable[Posting]:
    for place, line in enumerate(lines, start=1):
        owes = line.sum_of in _OWED_BY_THE_PARTNER
        yield from _between(place, _other_side(line), line.amount.minor, owes=owes)
    yield from _between(None, MoneyAccount.VAT, vat[Side.ISSUANCE].minor, owes=True)
    yield from _between(None, MoneyAccount.VAT, vat[Side.REDEMPTION].minor, owes=False)


def _other_side(line: Line) -> MoneyAccount:
    match line.kind:
        case LineKind.FEE:
            return MoneyAccount.FEES
        case LineKind.PACK | LineKind.PACK_USED | LineKind.PREPAID:
            return MoneyAccount.PREPAID
        case LineKind.ADJUSTMENT if line.adjusted is not None and line.adjusted.borne_by_operator:
            return MoneyAccount.GOODWILL
        case _:
            return MoneyAccount.POOL


def _between(
    place: int | None, other: MoneyAccount, minor: int, *, owes: bool
) -> Iterable[Posting]:
    if minor == 0:
        return
    partner = MoneyAccount.RECEIVABLE if owes else MoneyAccount.PAYABLE
    if (minor > 0) == owes:
        yield Posting(place, partner, other, abs(minor))
    else:
        yield Posting(place, other, partner, abs(minor))


def _hash(
    period: str, partner: Partner, currency: str, lines: Iterable[Line], taxes: tuple[Tax, ...]
) -> str:
    """SHA-256 over the statement's content in one fixed spelling (docs/settlement.md)."""
    content: dict[str, object] = {
        "period": period,
        "partner": partner.code,
        "currency": currency,
        "lines": [_spelled(line) for line in lines],
    }
    due = [one for one in taxes if one.vat]
    if due:
        content["taxes"] = [
            [one.side, one.mode, f"{one.rate:.8f}", one.base, one.vat] for one in due
        ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _spelled(line: Line) -> list[object]:
    """Six values, and what else the line says by name where it says more."""
    price = None if line.price is None else f"{line.price:.8f}"
    found: list[object] = [
        line.kind, line.description, line.points, price, line.amount.minor, line.entries,
    ]  # fmt: skip
    more: dict[str, object] = {}
    if line.share != 1:
        more["share"] = f"{line.share:.16f}"
    if line.original is not None:
        more["originalPeriod"] = line.original.label
    if line.promotion is not None:
        more["promotion"] = line.promotion
    if line.redeemer is not None:
        more["redeemer"] = line.redeemer.code
    return [*found, more] if more else found
