"""Block or replace a card, change a member's status. Balance and lots stay as they are."""

from enum import StrEnum

from coalition.access import Actor, Scope, require
from coalition.kit.claims import claim_of, hash_of_request, reused
from coalition.kit.text import clean
from coalition.members.enrol import Enrolled
from coalition.members.errors import IdentifierTaken, refusal_about
from coalition.members.ref import IdentifierKind, identifier
from coalition.partners import Office


class MemberStatus(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"  # earns, does not spend
    SUSPENDED = "suspended"  # neither, for now
    CLOSED = "closed"  # neither, for good


async def block_card(
    office: Office, *, actor: Actor, idempotency_key: str, card: str, reason: str
) -> Enrolled:
    """The card earns and spends no more. Raises `MemberNotFound`, `IdentifierBlocked`."""
    require(actor, Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)
    value = identifier(IdentifierKind.CARD, card, ("card",)).value
    return await _change(office, actor, "blockCard", idempotency_key, ("BLOCK", value), reason)


async def replace_card(
    office: Office, *, actor: Actor, idempotency_key: str, card: str, new_card: str, reason: str
) -> Enrolled:
    """The new card takes the old one's place, which ends.

    Raises `MemberNotFound`, `IdentifierBlocked`, `IdentifierTaken` (the new card is somebody's).
    """
    require(actor, Scope.MEMBERS_ENROL, Scope.MEMBERS_SUPPORT)
    old = identifier(IdentifierKind.CARD, card, ("card",)).value
    new = identifier(IdentifierKind.CARD, new_card, ("newCard",)).value
    return await _change(
        office, actor, "replaceCard", idempotency_key, ("REPLACE", old, new), reason
    )


async def change_status(
    office: Office,
    *,
    actor: Actor,
    idempotency_key: str,
    member_id: int,
    status: MemberStatus,
    reason: str,
) -> Enrolled:
    """The operator only. A closed member stays closed. Raises `MemberNotFound`, `MemberClosed`."""
    require(actor, Scope.MEMBERS_SUPPORT)
    return await _change(
        office,
        actor,
        "changeMemberStatus",
        idempotency_key,
        ("STATUS", status.value),
        reason,
        member_id=member_id,
    )


async def _change(
    office: Office,
    actor: Actor,
    operation: str,
    idempotency_key: str,
    change: tuple[str, ...],
    reason: str,
    *,
    member_id: int | None = None,
) -> Enrolled:
    owner = actor.partner_id if actor.partner_id is not None else "operator"
    what, value, new_value = (*change, None, None)[:3]
    because = clean(reason, ("reason",))
    (row,) = await office.database.call(
        "change_member",
        actor.partner_id,
        *actor.trace,
        claim_of(owner, operation, idempotency_key),
        hash_of_request(what, value, new_value, because, member_id),
        what,
        member_id,
        value,
        new_value,
        because,
    )
    outcome: str = row["outcome"]
    if outcome in {"CHANGED", "REPLAYED"}:
        return Enrolled(row["member_id"], replayed=outcome == "REPLAYED")
    if outcome == "IDEMPOTENCY_KEY_REUSED":
        raise reused(idempotency_key)
    if outcome == IdentifierTaken.code:
        raise IdentifierTaken("The new card belongs to a member already.", field=("newCard",))
    field = ("memberId",) if what == "STATUS" else ("card",)
    raise refusal_about(outcome, field) or RuntimeError(f"change_member answered {outcome}")
