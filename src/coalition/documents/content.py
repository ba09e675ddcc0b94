"""What a statement's document says, as plain JSON values. Pure.

Points, amounts, prices and rates are texts: a JSON number holds neither cents nor 64 bits exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from coalition.kit.amounts import Money, exponent_of
from coalition.ledger import Period, ZonedCalendar
from coalition.partners import Partner, Terms
from coalition.partners.terms import PER_CURRENCY, LegalEntity
from coalition.proof.canonical import canonical
from coalition.proof.figures import hash_of
from coalition.settlement import (
    LineKind,
    RollForward,
    StatementLineRecord,
    StatementRecord,
    end_to_end_id,
    last_day_of,
)

FORMAT = "coalition-statement/1"
LANGUAGE = "en"
Json = dict[str, object]
TOTALS = {
    "issued": "issued",
    "fees": "fees",
    "redeemed": "redeemed",
    "breakage": "breakage",
    "adjusted": "adjusted",
    "prepaid": "prepaid",
    "net": "net",
    "vatIssued": "vat_issued",
    "vatRedeemed": "vat_redeemed",
    "payable": "payable",
}


@dataclass(frozen=True, slots=True)
class LineProof:
    """What the rows behind a line come to; `sha256` of the last row, empty where there are none."""

    rows: int
    points: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoreSum:
    """What the rows of a line come to in one store; `minor` units of its currency."""

    rows: int
    points: int
    minor: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a statement's document needs besides the statement. `labels` of the periods that its
    lines name; `head` of the period's entries and `roll` of the partner's points, None when it was
    calculated before there were any; `before`: what the partner owed already; `stores` by line.
    """

    terms: Terms
    period: Period
    labels: Mapping[int, str]
    replaces: str | None
    head: str | None
    proofs: Sequence[LineProof]
    rows: int
    line_file: str
    roll: RollForward | None
    before: Money
    stores: Mapping[int, Mapping[str | None, StoreSum]]


def statement_content(record: StatementRecord, known: Known) -> bytes:
    """The canonical bytes that are signed (docs/proof.md)."""
    partner = known.terms.partner(record.partner_id)
    zone = ZonedCalendar.named(known.period.calendar).time_zone
    operator = known.terms.operator_entity
    content: Json = {
        "format": FORMAT,
        "language": LANGUAGE,
        "number": record.number,
        "version": record.version,
        "replaces": known.replaces,
        "programme": known.terms.programme.name,
        "operator": party(operator) if operator else None,
        "partner": _partner(partner),
        "period": {
            "label": known.period.label,
            "calendar": known.period.calendar,
            "timeZone": zone,
            "startsAt": instant(known.period.starts_at),
            "endsAt": instant(known.period.ends_at),
        },
        "issuedAt": instant(record.issued_at),
        "disputeUntil": dispute_until(record.issued_at, partner, known.terms, zone),
        "runId": record.run_id,
        "ledgerHead": known.head,
        "currency": record.net.currency,
        "decimals": exponent_of(record.net.currency),
        "lines": [
            _line(line, proof, known)
            for line, proof in zip(record.lines, known.proofs, strict=True)
        ],
        "taxes": [dict(tax) for tax in record.taxes],
        "totals": {name: money(getattr(record, source)) for name, source in TOTALS.items()},
        "balance": {
            "before": money(known.before),
            "after": money(Money(known.before.minor + record.payable.minor, record.net.currency)),
        },
        "points": _points(known.roll) if known.roll else None,
        "stores": list(_stores(record, known)),
        "netting": _netting(known),
        "paymentReference": end_to_end_id(record.number),
        "hash": record.hash,
        "lineFile": {"rows": known.rows, "sha256": known.line_file},
    }
    return canonical(content)


def instant(at: datetime) -> str:
    """RFC 3339, in UTC, to the second."""
    return exact_instant(at.replace(microsecond=0))


def exact_instant(at: datetime) -> str:
    """The same, with what a clock has below a second: as an entry's time stands in the books."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def money(amount: Money) -> str:
    return f"{amount.amount:f}"


def plain(number: Decimal) -> str:
    """A decimal without an exponent and without zeros behind its last figure."""
    return f"{number.normalize():f}"


def dispute_until(issued: datetime, partner: Partner, terms: Terms, zone: str) -> str:
    """The last day, in the partner's zone, on which a line may be disputed."""
    days = partner.contract.dispute_window_days
    if days is None:
        days = terms.programme.dispute_window_days
    return (issued.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)).isoformat()


def _line(line: StatementLineRecord, proof: LineProof, known: Known) -> Json:
    terms = known.terms
    since = line.agreement_id and terms.agreement(line.agreement_id).valid_from
    redeemer = line.redeemer_id and terms.partner(line.redeemer_id).code
    found: Json = {
        "line": line.line,
        "kind": line.kind,
        "description": line.description,
        "points": str(line.points),
        "price": None if line.price is None else plain(line.price),
        "share": plain(line.share),
        "amount": money(line.amount),
        "entries": line.entries,
        "agreementFrom": instant(since) if since else None,
        "originalPeriod": line.original_period_id and known.labels[line.original_period_id],
        "promotion": line.promotion,
        "redeemer": redeemer,
        "adjustment": line.adjustment_id,
        "details": {"rows": proof.rows, "points": str(proof.points), "sha256": proof.sha256},
    }
    return found | {"sha256": hash_of(found)}


def _points(roll: RollForward) -> Json:
    """What became of the points that the partner has given."""
    period = roll.period
    return {
        "opening": str(roll.opening),
        "opened": str(period.opened),
        "issued": str(period.issued),
        "returned": str(period.returned),
        "redeemed": str(period.redeemed),
        "refunded": str(period.refunded),
        "expired": str(period.expired),
        "repaid": str(period.repaid),
        "closing": str(roll.closing),
    }


def _stores(record: StatementRecord, known: Known) -> Iterable[Json]:
    """What was redeemed, and refunded, in each store; a store of null: none was named."""
    for line in record.lines:
        if line.kind not in {LineKind.REDEMPTION, LineKind.REDEMPTION_REVERSAL}:
            continue
        sums = known.stores.get(line.line, {})
        for store in sorted(sums, key=lambda one: (one is None, one or "")):
            found = sums[store]
            yield {
                "line": line.line,
                "store": store,
                "entries": found.rows,
                "points": str(found.points),
                "amount": money(Money(found.minor, record.net.currency)),
            }


def _netting(known: Known) -> Json:
    """How what is payable will be paid: in its own currency (null), or in one for all."""
    programme = known.terms.programme
    if programme.netting == PER_CURRENCY:
        return {"currency": None, "fxSource": None, "fxDate": None}
    return {
        "currency": programme.netting,
        "fxSource": programme.fx_source,
        "fxDate": last_day_of(known.period).isoformat(),
    }


def _partner(partner: Partner) -> Json:
    entity = partner.entity
    return {
        "code": partner.code,
        "name": partner.name,
        "legalEntity": party(entity) if entity else None,
    }


def party(entity: LegalEntity) -> Json:
    return {
        "code": entity.code,
        "name": entity.name,
        "street": entity.street,
        "postcode": entity.postcode,
        "city": entity.city,
        "country": entity.country,
        "vatId": entity.vat_id,
    }
