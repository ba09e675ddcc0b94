"""Award points for purchases: one, or up to a thousand in one call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from asyncpg import Record

from coalition.access import Actor, Scope, acting_partner
from coalition.earning.batch import AwardBatch, AwardRequest, Row, refusal_of
from coalition.earning.errors import TooManyRows
from coalition.earning.queries import AwardRecord
from coalition.earning.rules import Earned, Purchase
from coalition.kit.errors import Refusal
from coalition.partners import Office, Terms
from coalition.partners.office import Rows

MOST_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class AwardOutcome:
    """Either a refusal, or where the award stands; `record` is there when it is new."""

    refusal: Refusal | None = None
    replayed: bool = False
    place: tuple[int, int] | None = None
    record: AwardRecord | None = None


async def award_points(
    office: Office,
    *,
    actor: Actor,
    requests: Sequence[AwardRequest],
    now: datetime,
    all_or_nothing: bool = False,
) -> list[AwardOutcome]:
    """One outcome per request, in their order. All are written in one transaction.

    Raises `NotAllowed`, and `TooManyRows` for none or more than `MOST_ROWS`. What is wrong with
    a row is its outcome's refusal; with `all_or_nothing` the others are then `BatchRejected`.
    """
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    if not 1 <= len(requests) <= MOST_ROWS:
        raise TooManyRows(
            f"A batch has 1 to {MOST_ROWS} rows, not {len(requests)}. Send several batches.",
            field=("rows",),
        )
    batch = AwardBatch(actor, partner_id, requests)

    async def post(terms: Terms) -> Rows:
        await office.open_periods(batch.judge(terms, now))
        return await office.database.call(
            "award_points", partner_id, terms.programme.version, now, all_or_nothing,
            *actor.trace, *batch.columns(now),
        )  # fmt: skip

    answers = await office.under_terms(post)
    found = {
        id(row): _outcome(row, answer, partner_id)
        for row, answer in zip(batch.sent, answers, strict=True)
    }
    outcomes: list[AwardOutcome] = []
    for row in batch.rows:
        if row.same_as is None:
            outcomes.append(found[id(row)])
        else:
            first = outcomes[row.same_as]
            outcomes.append(replace(first, replayed=first.refusal is None))
    return outcomes


def _outcome(row: Row, answer: Record, partner_id: int) -> AwardOutcome:
    outcome: str = answer["outcome"]
    place = (answer["member_id"], answer["seq"])
    if outcome == "REPLAYED":
        return AwardOutcome(replayed=True, place=place)
    if outcome == "AWARDED" and row.earned is not None:
        record = _record(row.request.purchase, row.earned, place, partner_id, answer)
        return AwardOutcome(place=place, record=record)
    if row.refusal is not None and outcome == row.refusal.code:
        return AwardOutcome(refusal=row.refusal)
    return AwardOutcome(
        refusal=refusal_of(
            outcome,
            key=row.request.idempotency_key,
            reference=row.request.purchase.reference,
        )
    )


def _record(
    purchase: Purchase, fact: Earned, place: tuple[int, int], partner_id: int, answer: Record
) -> AwardRecord:
    return AwardRecord(
        member_id=place[0],
        seq=place[1],
        partner_id=partner_id,
        agreement_id=fact.agreement.id,
        reference=purchase.reference.strip(),
        purchased_at=purchase.purchased_at,
        amount=fact.amount.minor,
        basis=fact.basis,
        points=fact.points,
        spendable_from=fact.spendable_from,
        expires_on=fact.expires_on,
        recorded_at=answer["recorded_at"],
        promotion_id=fact.promotion.id if fact.promotion else None,
    )
