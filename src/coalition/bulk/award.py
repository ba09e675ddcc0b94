"""Award the next rows of a file, with what came of each, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import ActorKind, Scope, acting_partner
from coalition.access.roles import ROLES
from coalition.bulk.errors import ClientEnded
from coalition.bulk.held import Held
from coalition.bulk.rows import Row
from coalition.earning import AwardBatch
from coalition.kit.errors import Refusal
from coalition.kit.text import storable
from coalition.partners import Office, PartnerSuspended, Terms
from coalition.partners.office import Rows

_AWARDING_ROLES = sorted(
    name for name, scopes in ROLES[ActorKind.PARTNER].items() if Scope.POINTS_AWARD in scopes
)


@dataclass(frozen=True, slots=True)
class Posted:
    """`rows`: how many were done now. `stopped`: why none could be. `state`: of the file."""

    rows: int = 0
    state: str = "AWARDING"
    stopped: Refusal | None = None


async def award_rows(office: Office, held: Held, rows: Sequence[Row], *, now: datetime) -> Posted:
    """All of `rows` or, when the file is another worker's by now or must wait, none."""
    partner_id = acting_partner(held.actor, Scope.POINTS_AWARD)
    asked = [row.request for row in rows if row.request is not None]
    batch = AwardBatch(held.actor, partner_id, asked)

    async def post(terms: Terms) -> Rows:
        await office.open_periods(batch.judge(terms, now))
        return await office.database.call(
            "award_bulk_rows", held.id, held.holder, rows[0].place, held.lease, partner_id,
            terms.programme.version, now, *held.actor.trace, _AWARDING_ROLES, *_told(rows, batch),
            *batch.columns(now),
        )  # fmt: skip

    (answer,) = await office.under_terms(post)
    match answer["outcome"]:
        case "AWARDED":
            return Posted(len(rows), answer["state"])
        case "TAKEN_AWAY":
            return Posted()
        case PartnerSuspended.code:
            return Posted(
                stopped=PartnerSuspended(
                    "The partner is suspended or has left. It goes on after a suspension."
                )
            )
        case _:
            return Posted(
                stopped=ClientEnded(
                    "The client that sent the file was revoked, or has no points:award any more,"
                    " or the person for whom it was sent. It goes on when they may again."
                )
            )


def _told(rows: Sequence[Row], batch: AwardBatch) -> list[list[object]]:
    """The first arrays of verbs.award_bulk_rows: one element per row of the file."""
    judged = iter(zip(batch.rows, _places(batch), strict=True))
    told: list[tuple[object, ...]] = []
    for row in rows:
        refusal, sent, repeats = row.refusal, None, False
        if row.request is not None:
            one, sent = next(judged)
            refusal, repeats = one.refusal, one.same_as is not None
        told.append((
            row.line, sent, repeats, row.key, row.reference,
            refusal and refusal.code, refusal and storable(refusal.message),
            ".".join(refusal.field) if refusal else None,
        ))  # fmt: skip
    return [list(column) for column in zip(*told, strict=True)]


def _places(batch: AwardBatch) -> list[int]:
    """For each row of the batch, which of those sent says it, from 1."""
    places: list[int] = []
    sent = 0
    for row in batch.rows:
        if row.same_as is None:
            sent += 1
            places.append(sent)
        else:
            places.append(places[row.same_as])
    return places
