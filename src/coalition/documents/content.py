"""What a statement's document says, as plain JSON values. Pure.

Points, amounts, prices and rates are texts: a JSON number holds neither cents nor 64 bits exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from coalition.kit.amounts import Money, exponent_of
from coalition.ledger import Period, ZonedCalendar
from coalition.partners import Partner, Terms
from coalition.partners.terms import LegalEntity
from coalition.proof.canonical import canonical
from coalition.proof.figures import hash_of
from coalition.settlement import StatementLineRecord, StatementRecord

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
class Known:
    """What a statement's document needs besides the statement. `labels` of the periods that its
    lines name; `head` of the period's entries, None when it was calculated before there were any.
    """

    terms: Terms
    period: Period
    labels: Mapping[int, str]
    replaces: str | None
    head: str | None
    proofs: Sequence[LineProof]
    rows: int
    line_file: str


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
        "operator": _party(operator) if operator else None,
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
        "hash": record.hash,
        "lineFile": {"rows": known.rows, "sha256": known.line_file},
    }
    return canonical(content)


def instant(at: datetime) -> str:
    """RFC 3339, in UTC."""
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


def _partner(partner: Partner) -> Json:
    entity = partner.entity
    return {
        "code": partner.code,
        "name": partner.name,
        "legalEntity": _party(entity) if entity else None,
    }


def _party(entity: LegalEntity) -> Json:
    return {
        "code": entity.code,
        "name": entity.name,
        "street": entity.street,
        "postcode": entity.postcode,
        "city": entity.city,
        "country": entity.country,
        "vatId": entity.vat_id,
    }
