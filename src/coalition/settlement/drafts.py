"""What a period's entries give, read as the operator: statements, and each issuer's points."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from coalition.kit.database import EVERYTHING
from coalition.ledger import IssuerRoll, Period, issuer_rolls, sums_of_period
from coalition.partners import Office, Partner, PartnerStatus, Terms
from coalition.settlement.netting import StatementDraft, Sum, draft_statement


async def draft_statements(
    office: Office, period: Period, *, of_everybody: bool = False
) -> list[StatementDraft]:
    """The statements that the entries of a period give: one per partner of its calendar that
    takes part in it, or of every partner of its calendar.
    """
    terms = await office.terms()
    async with office.database.reading(EVERYTHING) as connection:
        sums = await sums_of_period(connection, period.id)
    by_partner: dict[int, list[Sum]] = {}
    for one in sums:
        by_partner.setdefault(one.partner_id, []).append(
            Sum(
                one.kind, one.debit, terms.agreement(one.agreement_id), one.points, one.entries,
                one.recorded_until,
            )
        )  # fmt: skip
    return [
        draft_statement(period.label, partner, by_partner.get(partner.id, ()))
        for partner in terms.partners
        if partner.calendar.name == period.calendar
        and (of_everybody or partner.id in by_partner or _takes_part(partner, period))
    ]


async def draft_rolls(office: Office, period: Period) -> list[IssuerRoll]:
    """What became of each issuer's points in a period."""
    async with office.database.reading(EVERYTHING) as connection:
        return await issuer_rolls(connection, period.id)


def runs_as_json(drafts: Sequence[StatementDraft], terms: Terms) -> str:
    """One run per legal entity with the statements of its brands (books.write_statements).

    A run's hash is the SHA-256 over its statements' hashes, in their order.
    """
    by_entity: dict[str, list[StatementDraft]] = {}
    for draft in drafts:
        by_entity.setdefault(terms.partner(draft.partner_id).legal_entity, []).append(draft)
    return json.dumps(
        [
            {
                "version": 1,
                "entries": sum(draft.entries for draft in own),
                "up_to": _instant(max((d.recorded_until for d in own if d.recorded_until),
                                      default=None)),
                "hash": hashlib.sha256("".join(draft.hash for draft in own).encode()).hexdigest(),
                "statements": [_as_dict(draft) for draft in own],
            }
            for own in by_entity.values()
        ]
    )  # fmt: skip


def rolls_as_json(rolls: Sequence[IssuerRoll]) -> str:
    return json.dumps(
        [
            {
                "issuer_id": one.issuer_id,
                "issued": one.issued,
                "returned": one.returned,
                "redeemed": one.redeemed,
                "refunded": one.refunded,
                "expired": one.expired,
                "repaid": one.repaid,
            }
            for one in rolls
        ]
    )


def _takes_part(partner: Partner, period: Period) -> bool:
    return partner.status is not PartnerStatus.LEFT and any(
        agreement.valid_from < period.ends_at for agreement in partner.agreements
    )


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _as_dict(draft: StatementDraft) -> dict[str, object]:
    return {
        "partner_id": draft.partner_id,
        "number": draft.number,
        "currency": draft.currency,
        "issued": draft.issued.minor,
        "redeemed": draft.redeemed.minor,
        "fees": 0,
        "breakage": 0,
        "adjusted": 0,
        "prepaid": 0,
        "net": draft.net.minor,
        "vat_issued": 0,
        "vat_redeemed": 0,
        "taxes": [],
        "hash": draft.hash,
        "version": 1,
        "replaces": None,
        "lines": [
            {
                "line": place,
                "kind": line.kind,
                "description": line.description,
                "points": line.points,
                "price": str(line.price),
                "share": "1",
                "amount": line.amount.minor,
                "entries": line.entries,
            }
            for place, line in enumerate(draft.lines, start=1)
        ],
        "postings": [
            {
                "line": posting.line,
                "debit": posting.debit,
                "credit": posting.credit,
                "amount": posting.amount,
            }
            for posting in draft.postings
        ],
    }
