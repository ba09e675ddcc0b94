"""What a purchase would earn. Writes nothing; equals the award."""

from datetime import datetime

from coalition.access import Actor, Scope, acting_partner
from coalition.earning.batch import refusal_unpaid
from coalition.earning.rules import Earned, Purchase, earned
from coalition.kit.text import clean
from coalition.members import MemberRef, earning_refusal
from coalition.partners import Office, PartnerStatus, PartnerSuspended


async def estimate_award(
    office: Office,
    *,
    actor: Actor,
    member: MemberRef | None,
    purchase: Purchase,
    now: datetime,
) -> Earned:
    """What `award_points` would give now. Raises the refusals that it would answer."""
    partner_id = acting_partner(actor, Scope.POINTS_AWARD)
    terms = await office.terms()
    partner = terms.partner(partner_id)
    if partner.status not in {PartnerStatus.ACTIVE, PartnerStatus.LEAVING}:
        raise PartnerSuspended("The partner is suspended: it awards nothing.")
    clean(purchase.reference, ("purchase", "reference"))
    fact = earned(terms, partner, purchase, now=now)
    unpaid = await office.database.call(
        "funding_refusal",
        [part.agreement.partner_id for part in fact.parts],
        [part.agreement.id for part in fact.parts],
        [part.points for part in fact.parts],
    )
    if member is not None:
        refusal = await earning_refusal(office.database, partner_id=partner_id, ref=member)
        if refusal is not None:
            raise refusal
    refusal = refusal_unpaid(unpaid[0]["refusal"]) if unpaid else None
    if refusal is not None:
        raise refusal
    return fact
