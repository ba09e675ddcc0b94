"""Payment cards that members link by their brands' programs."""

from datetime import timedelta

from coalition import members
from coalition.access import Actor, ActorKind, Scope

from .world import Person, World


async def link_card(
    world: World,
    who: Person,
    token: str,
    *,
    client: str,
    label: str = "Visa",
    until: str | None = None,
    ago: timedelta = timedelta(),
) -> int:
    """The number of the card, which ends in 4242. `ago`: how long it has been linked by now."""
    actor = Actor(
        ActorKind.MEMBER, client, frozenset({Scope.MEMBER_CARDS}), member_id=who.member_id
    )
    card = members.CardToLink(token, label, "4242", until)
    linked = await members.link_payment_card(
        world.office, actor=actor, card=card, now=world.now - ago
    )
    return linked.id
