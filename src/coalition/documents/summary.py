"""What the brands of one legal entity come to in a period: the sums of their statements. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.documents.content import LANGUAGE, TOTALS, instant, money, party, plain
from coalition.kit.amounts import Money, exponent_of
from coalition.ledger import Period, ZonedCalendar
from coalition.partners import Terms
from coalition.partners.terms import LegalEntity
from coalition.proof.canonical import canonical
from coalition.settlement import Position, StatementRecord

FORMAT = "coalition-summary/1"
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """`statements` are those that stand, of any of its brands; `positions` theirs in the netting,
    none before the period is final. `bills`: the numbers of invoices by statement.
    """

    entity: LegalEntity
    period: Period
    statements: Sequence[StatementRecord]
    bills: Mapping[int, Sequence[str]]
    positions: Sequence[Position]

    @property
    def issued_at(self) -> datetime:
        """The newest of its statements."""
        return max(one.issued_at for one in self.statements)

    @property
    def totals(self) -> dict[str, dict[str, Money]]:
        """By currency, the sums of the statements under their names in a document."""
        found: dict[str, dict[str, Money]] = {}
        for one in self.statements:
            sums = found.setdefault(one.net.currency, {})
            for name, source in TOTALS.items():
                amount: Money = getattr(one, source)
                known = sums.get(name, Money(0, amount.currency))
                sums[name] = Money(known.minor + amount.minor, amount.currency)
        return dict(sorted(found.items()))

    @property
    def number(self) -> str:
        return f"{self.period.label}/summary/{self.entity.code}"


def summary_content(summary: EntitySummary, terms: Terms) -> bytes:
    """Canonical. The same until a statement of it is replaced or the period is netted."""
    operator, period = terms.operator_entity, summary.period
    content: Json = {
        "format": FORMAT,
        "language": LANGUAGE,
        "number": summary.number,
        "programme": terms.programme.name,
        "operator": party(operator) if operator else None,
        "legalEntity": party(summary.entity),
        "period": {
            "label": period.label,
            "calendar": period.calendar,
            "timeZone": ZonedCalendar.named(period.calendar).time_zone,
            "startsAt": instant(period.starts_at),
            "endsAt": instant(period.ends_at),
        },
        "issuedAt": instant(summary.issued_at),
        "statements": [_statement(summary, terms, one) for one in summary.statements],
        "currencies": [
            {
                "currency": currency,
                "decimals": exponent_of(currency),
                "totals": {name: money(amount) for name, amount in sums.items()},
            }
            for currency, sums in summary.totals.items()
        ],
        "netting": [_position(terms, one) for one in summary.positions],
    }
    return canonical(content)


def _statement(summary: EntitySummary, terms: Terms, one: StatementRecord) -> Json:
    return {
        "number": one.number,
        "brand": terms.partner(one.partner_id).name,
        "currency": one.net.currency,
        "hash": one.hash,
        "totals": {name: money(getattr(one, source)) for name, source in TOTALS.items()},
        "invoices": list(summary.bills.get(one.id, ())),
    }


def _position(terms: Terms, one: Position) -> Json:
    assert one.partner_id is not None  # noqa: S101 - the pool's side is nobody's
    return {
        "brand": terms.partner(one.partner_id).name,
        "amount": money(one.amount),
        "currency": one.amount.currency,
        "held": money(Money(one.held, one.amount.currency)),
        "settled": money(one.settled),
        "settledCurrency": one.settled.currency,
        "rate": None
        if one.rate is None
        else {
            "source": one.rate.source,
            "date": one.rate.on_date.isoformat(),
            "base": one.rate.base,
            "quote": one.rate.quote,
            "rate": plain(one.rate.rate),
        },
    }
