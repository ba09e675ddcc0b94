"""Who a caller means, as far as it may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coalition.access import Actor, Scope, require
from coalition.kit.database import Database
from coalition.kit.errors import Refusal
from coalition.members.errors import refusal_about
from coalition.members.ref import MemberRef


@dataclass(frozen=True, slots=True)
class KnownMember:
    member_id: int
    status: str
    enrolled_at: datetime
    spend_locked: bool
    tier: str | None


async def find_member(database: Database, *, actor: Actor, ref: MemberRef) -> KnownMember | None:
    """The member, or None: for nobody, and for a stranger to this partner alike."""
    require(actor, Scope.MEMBERS_READ, Scope.OPERATOR_READ, Scope.MEMBERS_SUPPORT)
    return await known_member(database, partner_id=actor.partner_id, ref=ref)


async def known_member(
    database: Database, *, partner_id: int | None, ref: MemberRef
) -> KnownMember | None:
    """`find_member` for a member that an answer has named already."""
    rows = await database.call("find_member", partner_id, ref.kind, ref.value)
    return KnownMember(**dict(rows[0])) if rows else None


async def known_members(
    database: Database, *, partner_id: int | None, member_ids: Sequence[int]
) -> dict[int, KnownMember]:
    """Those of the members that a partner (None: the operator) may know of, by number."""
    rows = await database.call("known_members", partner_id, list(member_ids))
    return {row["member_id"]: KnownMember(**dict(row)) for row in rows}


async def earning_refusal(database: Database, *, partner_id: int, ref: MemberRef) -> Refusal | None:
    """What an award to this member would be refused for; None when it would not."""
    (row,) = await database.call("earning_trouble", partner_id, ref.kind, ref.value)
    return None if row["trouble"] is None else refusal_about(row["trouble"], ("member",))
