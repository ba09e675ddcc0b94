"""Payment cards that members link, so that a brand which sees one knows whose purchase it is. Each
is known by the token that the brand's acquirer gives it; its number is never taken.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from coalition.access import Actor, Scope, acting_member, require
from coalition.kit.errors import NotAllowed
from coalition.kit.text import clean
from coalition.members.errors import (
    IdentifierNotValid,
    IdentifierTaken,
    TooManyCards,
    refusal_about,
)
from coalition.members.ref import IdentifierKind, identifier, refuse_card_number
from coalition.partners import Office, PartnerSuspended

LONGEST_LABEL: Final = 40
MOST_CARDS: Final = 20
_LAST_FOUR = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
# Whoever may link cards sees them; so does the member on its own pages.
_SEES = (Scope.MEMBER_CARDS, Scope.MEMBER_MANAGE)


@dataclass(frozen=True, slots=True)
class PaymentCard:
    """As its holder knows it. `valid_until`: the first day of the last month that is printed on it.
    `linked_with`: the program by which the member linked it. `last_used_at`: of the last purchase
    that was awarded by it.
    """

    id: int
    partner_id: int
    label: str
    last_four: str
    valid_until: date | None
    linked_with: str
    linked_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CardToLink:
    """`token`: what the brand is told of the card at each purchase. `valid_until`: like 2028-03."""

    token: str
    label: str
    last_four: str
    valid_until: str | None = None


async def link_payment_card(
    office: Office, *, actor: Actor, card: CardToLink, now: datetime
) -> PaymentCard:
    """From now on the brand whose program this is awards purchases by the token. Said again, the
    card is shown as it is said now.

    Raises `NotAllowed` for a program of no brand and for one whose permission has ended meanwhile,
    `CardNumberNotAllowed`, `IdentifierNotValid` (also for a month that is over), `IdentifierTaken`,
    `MemberClosed`, `PartnerSuspended`, `TextNotAllowed`, `TooManyCards`.
    """
    member_id = acting_member(actor, Scope.MEMBER_CARDS)
    token = identifier(IdentifierKind.PAYMENT_CARD, card.token, ("token",)).value
    label = clean(card.label, ("label",), longest=LONGEST_LABEL)
    refuse_card_number(label, ("label",))
    if not _LAST_FOUR.fullmatch(card.last_four):
        raise IdentifierNotValid("lastFour is the last four digits.", field=("lastFour",))
    if card.valid_until is not None and not _MONTH.fullmatch(card.valid_until):
        raise IdentifierNotValid("validUntil is a month like 2028-03.", field=("validUntil",))
    until = date.fromisoformat(f"{card.valid_until}-01") if card.valid_until else None
    if until is not None and until < now.date().replace(day=1):
        raise IdentifierNotValid(
            f"validUntil {card.valid_until} is over: the card is not valid any more.",
            field=("validUntil",),
        )
    (row,) = await office.database.call(
        "link_payment_card",
        member_id, token, label, card.last_four, until, MOST_CARDS, now, *actor.signature,
    )  # fmt: skip
    match row["outcome"]:
        case "LINKED":
            return PaymentCard(
                row["id"], row["partner_id"], label, card.last_four, until, row["linked_with"],
                row["linked_at"], row["last_used_at"],
            )  # fmt: skip
        case "NO_BRAND":
            raise NotAllowed(
                "A payment card is linked by a program of the brand that sees it; this one is of"
                " no brand."
            )
        case "NO_LEAVE":
            raise NotAllowed("The member has ended the permission of this program.")
        case IdentifierTaken.code:
            raise IdentifierTaken("This card is linked to another member.", field=("token",))
        case TooManyCards.code:
            raise TooManyCards(f"A member links {MOST_CARDS} cards at a brand at most: unlink one.")
        case PartnerSuspended.code:
            raise PartnerSuspended("The brand is suspended or has left: it links no cards.")
        case outcome:
            raise refusal_about(outcome, ()) or RuntimeError(f"link_payment_card said {outcome}")


async def unlink_payment_card(
    office: Office,
    *,
    actor: Actor,
    card_id: int | None = None,
    token: str | None = None,
) -> bool:
    """Whether there was one: by its number, or by the token of the brand whose program this is. A
    member unlinks its own; a brand those that it sees, for a customer that has taken one away.
    """
    require(actor, *_SEES, Scope.MEMBERS_ENROL)
    value = token and identifier(IdentifierKind.PAYMENT_CARD, token, ("token",)).value
    (row,) = await office.database.call(
        "unlink_payment_card", actor.partner_id, actor.member_id, card_id, value, *actor.trace
    )
    unlinked: bool = row["unlinked"]
    return unlinked


async def payment_cards(office: Office, *, actor: Actor) -> list[PaymentCard]:
    """Those of the member that asks, the oldest first; a brand's program sees its brand's."""
    member_id = acting_member(actor, *_SEES)
    rows = await office.database.call("payment_cards_of", member_id, actor.client_id)
    return [PaymentCard(**dict(row)) for row in rows]
