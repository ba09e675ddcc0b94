"""What a period's entries give, read as the operator: statements, and each issuer's points."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from coalition.kit.amounts import Money
from coalition.kit.database import EVERYTHING
from coalition.ledger import (
    CohortRoll,
    OwnUseSum,
    Period,
    PeriodSum,
    cohort_rolls,
    labels_of_periods,
    own_uses_of_period,
    pack_uses,
    sums_of_period,
)
from coalition.partners import Office, Partner, PartnerStatus, Terms
from coalition.settlement.packs import packs_billed_in
from coalition.settlement.records import adjustment
from coalition.settlement.statement import StatementDraft, draft_statements_of
from coalition.settlement.traffic import (
    Adjusted,
    BrandRef,
    OwnUse,
    PaidBefore,
    PeriodRef,
    Sum,
    Traffic,
)
from coalition.settlement.vat import Side

_HYBRID = 1  # an agreement that is paid in full at issuance has nothing to bill later


async def draft_statements(
    office: Office, period: Period, *, of_everybody: bool = False, before: datetime | None = None
) -> list[StatementDraft]:
    """The statements that the entries of a period give, or would have given `before` an instant
    of it: those of each partner of its calendar that takes part in it, or of every one.
    """
    terms = await office.terms()
    traffic = await _traffic_of(office, terms, period, before)
    return [
        draft
        for partner in terms.partners
        if partner.calendar.name == period.calendar
        and (of_everybody or partner.id in traffic or _takes_part(partner, period))
        for draft in draft_statements_of(period.label, partner, traffic.get(partner.id, Traffic()))
    ]


async def draft_rolls(office: Office, period: Period) -> list[CohortRoll]:
    """What became of each issuer's points in a period, by the month in which they were earned."""
    zone = (await office.terms()).programme.time_zone
    async with office.database.reading(EVERYTHING) as connection:
        return await cohort_rolls(connection, period.id, time_zone=zone)


async def _traffic_of(
    office: Office, terms: Terms, period: Period, before: datetime | None
) -> dict[int, Traffic]:
    """By partner. Every read costs in proportion to the period."""
    billed_later = [
        agreement.id
        for partner in terms.partners
        for agreement in partner.agreements
        if agreement.paid_at_issuance < _HYBRID
    ]
    async with office.database.reading(EVERYTHING) as connection:
        sums = await sums_of_period(connection, period.id, before=before)
        uses = await own_uses_of_period(
            connection, period.id, billed_later, before=before,
            of_packs_too=bool(period.packs_unbilled),
        )  # fmt: skip
        adjusted = await _adjusted_in(connection, terms, period.id, before)
        used = await pack_uses(connection, period.id, before=before)
        packs = await packs_billed_in(connection, terms, period, before=before)
        named = [one.original_id for one in sums] + [use.original_id for use in uses]
        originals = {number for number in named if number is not None}
        labels = await labels_of_periods(connection, originals) if originals else {}
    refs = {number: PeriodRef(number, label) for number, label in labels.items()}
    own_sums: dict[int, list[Sum]] = {}
    for one in sums:
        own_sums.setdefault(one.partner_id, []).append(_sum(terms, refs, one))
    own_uses: dict[int, list[OwnUse]] = {}
    for use in uses:
        own_uses.setdefault(use.issuer_id, []).append(_own_use(terms, refs, use))
    paid_before: dict[int, list[PaidBefore]] = {}
    for use_of_packs in used:
        agreement = terms.agreement(use_of_packs.agreement_id)
        paid_before.setdefault(use_of_packs.partner_id, []).append(
            PaidBefore(agreement, use_of_packs.points)
        )
    return {
        partner_id: Traffic(
            tuple(own_sums.get(partner_id, ())),
            tuple(own_uses.get(partner_id, ())),
            tuple(adjusted.get(partner_id, ())),
            tuple(paid_before.get(partner_id, ())),
            tuple(packs.get(partner_id, ())),
            packs_are_billed=not period.packs_unbilled,
        )
        for partner_id in {*own_sums, *own_uses, *adjusted, *paid_before, *packs}
    }


def _sum(terms: Terms, refs: dict[int, PeriodRef], one: PeriodSum) -> Sum:
    return Sum(
        kind=one.kind,
        debit=one.debit,
        agreement=terms.agreement(one.agreement_id),
        points=one.points,
        entries=one.entries,
        original=None if one.original_id is None else refs[one.original_id],
        promotion=None if one.promotion_id is None else _promotion(terms, one.promotion_id),
        cost=one.cost,
    )


def _own_use(terms: Terms, refs: dict[int, PeriodRef], use: OwnUseSum) -> OwnUse:
    redeemer = terms.partner(use.redeemer_id)
    return OwnUse(
        agreement=terms.agreement(use.agreement_id),
        redeemer=BrandRef(redeemer.id, redeemer.code, redeemer.currency),
        spent_under=terms.agreement(use.spent_under_id),
        refunded=use.refunded,
        points=use.points,
        entries=use.entries,
        original=None if use.original_id is None else refs[use.original_id],
        cost=use.cost,
    )


def _promotion(terms: Terms, number: int) -> str:
    return next(one.code for one in terms.promotions if one.id == number)


async def _adjusted_in(
    connection: AsyncConnection, terms: Terms, period_id: int, before: datetime | None
) -> dict[int, list[Adjusted]]:
    found: dict[int, list[Adjusted]] = {}
    query = sa.select(adjustment).where(adjustment.c.period_id == period_id)
    if before is not None:
        query = query.where(adjustment.c.occurred_at < before)
    rows = await connection.execute(query.order_by(adjustment.c.id))
    for row in rows:
        found.setdefault(row.partner_id, []).append(
            Adjusted(
                id=row.id,
                side=Side(row.corrects),
                agreement=terms.agreement(row.agreement_id),
                points=row.points,
                price=row.price,
                amount=Money(row.amount, row.currency),
                borne_by_operator=row.borne_by == "OPERATOR",
                reason=row.reason,
                source=f"{row.source_kind} {row.source_id}",
            )
        )
    return found


def runs_as_json(drafts: Sequence[StatementDraft], terms: Terms, up_to: datetime | None) -> str:
    """One run per legal entity with the statements of its brands (books.write_statements).

    A run's hash is the SHA-256 over its statements' hashes, in their order.
    """
    by_entity: dict[int, list[StatementDraft]] = {}
    for draft in drafts:
        by_entity.setdefault(entity_of(terms.partner(draft.partner_id)), []).append(draft)
    return json.dumps(
        [
            run_as_dict(entity_id, own, [statement_as_dict(draft) for draft in own], up_to)
            for entity_id, own in sorted(by_entity.items())
        ]
    )


def entity_of(partner: Partner) -> int:
    """The number of the legal entity that a brand belongs to."""
    if partner.entity is None:
        raise RuntimeError(f"{partner.code} belongs to no legal entity.")
    return partner.entity.id


def run_as_dict(
    entity_id: int,
    covered: Sequence[StatementDraft],
    statements: Sequence[dict[str, object]],
    up_to: datetime | None,
    version: int = 1,
) -> dict[str, object]:
    """A run that covers the entries of `covered`, recorded up to the period's cut-off, and writes
    `statements`.
    """
    return {
        "legal_entity_id": entity_id,
        "version": version,
        "entries": sum(draft.entries for draft in covered),
        "up_to": up_to.isoformat() if up_to else None,
        "hash": hashlib.sha256("".join(draft.hash for draft in covered).encode()).hexdigest(),
        "statements": list(statements),
    }


def rolls_as_json(rolls: Sequence[CohortRoll]) -> str:
    return json.dumps(
        [
            {
                "issuer_id": one.issuer_id,
                "agreement_id": one.agreement_id,
                "earned_in": one.earned_in.isoformat(),
                "used_in": one.used_in.isoformat(),
                "issued": one.issued,
                "returned": one.returned,
                "redeemed": one.redeemed,
                "refunded": one.refunded,
                "expired": one.expired,
                "repaid": one.repaid,
                "opened": one.opened,
            }
            for one in rolls
        ]
    )


def _takes_part(partner: Partner, period: Period) -> bool:
    return partner.status is not PartnerStatus.LEFT and any(
        agreement.valid_from < period.ends_at for agreement in partner.agreements
    )


def statement_as_dict(
    draft: StatementDraft,
    *,
    number: str | None = None,
    version: int = 1,
    replaces: int | None = None,
) -> dict[str, object]:
    sums = ("issued", "redeemed", "fees", "breakage", "adjusted", "prepaid", "net", "vat_issued",
            "vat_redeemed")  # fmt: skip
    return {
        "partner_id": draft.partner_id,
        "number": number or draft.number,
        "currency": draft.currency,
        **{name: getattr(draft, name).minor for name in sums},
        "taxes": draft.taxes_as_text,
        "hash": draft.hash,
        "version": version,
        "replaces": replaces,
        "lines": [
            {
                "line": place,
                "kind": line.kind,
                "description": line.description,
                "points": line.points,
                "price": None if line.price is None else str(line.price),
                "share": str(line.share),
                "amount": line.amount.minor,
                "entries": line.entries,
                "agreement_id": line.agreement.id,
                "original_period_id": line.original.id if line.original else None,
                "promotion": line.promotion,
                "redeemer_id": line.redeemer.id if line.redeemer else None,
                "adjustment_id": line.adjusted.id if line.adjusted else None,
                "entry_kind": line.entry_kind,
                "entry_debit": line.entry_debit,
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
