"""What every verb of the operator begins with."""

from coalition.access import Actor, Scope, require
from coalition.kit.errors import NotAllowed
from coalition.partners import Partner, Terms
from coalition.settlement.errors import PartnerNotFound


def require_operator(actor: Actor, *scopes: Scope) -> None:
    """Raises `NotAllowed` for a partner's or a member's token, and without any of the scopes."""
    require(actor, *scopes)
    if actor.partner_id is not None or actor.member_id is not None:
        raise NotAllowed("This is done with the operator's token.")


def partner_named(terms: Terms, code: str) -> Partner:
    """Raises `PartnerNotFound`."""
    for one in terms.partners:
        if one.code == code:
            return one
    raise PartnerNotFound(f"There is no brand {code!r}.", field=("partner",))
