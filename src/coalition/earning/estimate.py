"""What a purchase would earn, for the brand and for who thinks of buying there. Writes nothing;
equals the award.
"""

from datetime import datetime
from decimal import Decimal

from coalition.access import Actor, Scope, acting_partner, require
from coalition.earning.batch import refusal_unpaid
from coalition.earning.rules import Earned, Purchase, earned
from coalition.kit.errors import Refusal
from coalition.kit.text import clean
from coalition.members import MemberNotFound, MemberRef, earning_refusal, member_numbered
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
    clean(purchase.reference, ("purchase", "reference"))
    fact, unpaid = await _would_earn(office, partner_id, purchase, now)
    if member is not None:
        refusal = await earning_refusal(office.database, partner_id=partner_id, ref=member)
        if refusal is not None:
            raise refusal
    if unpaid is not None:
        raise unpaid
    return fact


async def estimate_earning(
    office: Office,
    *,
    actor: Actor,
    partner_id: int,
    amount: Decimal,
    currency: str,
    now: datetime,
) -> Earned:
    """What the member who asks would get for spending `amount` at a brand now, if the brand asks
    for it then. Raises the refusals of `award_points`; what a brand owes is not told to members.
    """
    require(actor, Scope.MEMBER_READ)
    purchase = Purchase("estimate", now, amount, currency)
    fact, unpaid = await _would_earn(office, partner_id, purchase, now)
    if actor.member_id is not None:
        member = member_numbered(actor.member_id)
        refusal = await earning_refusal(office.database, partner_id=partner_id, ref=member)
        if refusal is not None and not isinstance(refusal, MemberNotFound):
            raise refusal  # a stranger to the brand is none any more once it shows its card there
    if unpaid is not None:
        raise PartnerSuspended("This brand gives no points just now.")
    return fact


async def _would_earn(
    office: Office, partner_id: int, purchase: Purchase, now: datetime
) -> tuple[Earned, Refusal | None]:
    """What it would earn, and what would refuse it for want of packs or credit."""
    terms = await office.terms()
    partner = terms.partner(partner_id)
    if partner.status not in {PartnerStatus.ACTIVE, PartnerStatus.LEAVING}:
        raise PartnerSuspended.awarding()
    fact = earned(terms, partner, purchase, now=now)
    unpaid = await office.database.call(
        "funding_refusal",
        [part.agreement.partner_id for part in fact.parts],
        [part.agreement.id for part in fact.parts],
        [part.points for part in fact.parts],
    )
    return fact, refusal_unpaid(unpaid[0]["refusal"]) if unpaid else None
