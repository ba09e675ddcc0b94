"""What ending a dispute does, whoever ends it: the operator, the partner, or time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coalition.access import Actor
from coalition.disputes.ladder import DisputeState, Side
from coalition.disputes.queries import Dispute
from coalition.disputes.sides import line_seen
from coalition.partners import Office
from coalition.settlement import Side as Document


@dataclass(frozen=True, slots=True)
class End:
    """How a dispute ends; `authorised` in minor units."""

    claim: UUID
    fingerprint: UUID
    side: Side
    to: DisputeState
    authorised: int
    message: str
    is_late: bool = False


async def ended(
    office: Office, actor: Actor, dispute: Dispute, end: End, now: datetime, *, dry: bool
) -> str:
    """What verbs.end_dispute has answered."""
    statement, line = await line_seen(office, actor, dispute.statement_id, dispute.line)
    partner = (await office.terms()).partner(dispute.partner_id)
    agreement = (
        line.agreement_id
        or (partner.agreement_on(statement.issued_at) or partner.agreements[-1]).id
    )
    corrects = Document.REDEMPTION if line.kind.startswith("REDEMPTION") else Document.ISSUANCE
    await office.open_periods([now])
    (row,) = await office.database.call(
        "end_dispute", end.claim, end.fingerprint, dispute.id, dispute.standing.state,
        dispute.standing.round, end.side, end.to, end.authorised, corrects, agreement,
        f"Dispute {dispute.id} of {statement.number}", end.message, end.is_late, now, dry,
        *actor.signature,
    )  # fmt: skip
    outcome: str = row["outcome"]
    return outcome
