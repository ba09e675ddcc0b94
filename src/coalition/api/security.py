"""What happened to a member's account, for the member alone."""

from datetime import datetime
from enum import Enum

import strawberry

from coalition import members
from coalition.access import Scope
from coalition.api.viewers import MEMBERS, shown_to


@strawberry.enum(description="What happened to an account.")
class SecurityEventKind(Enum):
    SIGNED_IN = strawberry.enum_value("SIGNED_IN", description="Somebody signed in as the member.")
    PASSKEY_ADDED = strawberry.enum_value(
        "PASSKEY_ADDED", description="A passkey was added that is there now."
    )
    PROGRAM_ALLOWED = strawberry.enum_value(
        "PROGRAM_ALLOWED", description="A program was allowed to act for the member."
    )
    SPENDING_LOCKED = strawberry.enum_value(
        "SPENDING_LOCKED", description="The member locked its spending."
    )
    SPENDING_UNLOCKED = strawberry.enum_value(
        "SPENDING_UNLOCKED", description="The member opened its lock."
    )
    SPENDING_CONFIRMED = strawberry.enum_value(
        "SPENDING_CONFIRMED", description="The member let what looked odd pass for some minutes."
    )
    CARD_BLOCKED = strawberry.enum_value("CARD_BLOCKED", description="A card was blocked.")
    CARD_REPLACED = strawberry.enum_value(
        "CARD_REPLACED", description="A card took the place of another one."
    )
    PAYMENT_CARD_LINKED = strawberry.enum_value(
        "PAYMENT_CARD_LINKED", description="A brand was let know purchases by a payment card."
    )
    PAYMENT_CARD_UNLINKED = strawberry.enum_value(
        "PAYMENT_CARD_UNLINKED", description="A payment card was unlinked."
    )
    STATUS_CHANGED = strawberry.enum_value(
        "STATUS_CHANGED", description="The operator changed the member's status."
    )


@shown_to(Scope.MEMBER_MANAGE, kinds=MEMBERS)
@strawberry.type(description="Something that happened to a member's account.")
class SecurityEvent:
    kind: SecurityEventKind = strawberry.field(description="What.")
    at: datetime = strawberry.field(description="When.")
    agent: str | None = strawberry.field(
        description="Of a sign-in: what the browser said that it is; null: it did not."
    )

    @classmethod
    def of(cls, found: members.SecurityEvent) -> "SecurityEvent":
        return cls(
            kind=SecurityEventKind(found.kind.value), at=found.happened_at, agent=found.agent
        )
